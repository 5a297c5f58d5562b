const apps = ['datasets', 'embeddings', 'search', 'webhooks'];
const ground = [
  'annotations',
  'filters',
  'jobs',
  'database',
  'downloads',
  'common',
  'config',
  'health',
  'linear-algebra',
];

/** The code behind ports: one folder or one file prefix per technology. */
const adapters = [
  '^src/datasets/sources/(annotations|directory|ledger)\\.source\\.ts$',
  '^src/datasets/sources/dataset-sources\\.ts$',
  '^src/datasets/(files|import)/(filesystem|sharp)\\.',
  '^src/datasets/kept-sources/chokidar\\.',
  '^src/embeddings/networks/(onnxruntime|tfjs|threads)/',
  '^src/embeddings/registry/trial/(onnxruntime|tfjs)',
  '^src/search/vector-index/(embedded|cluster)/',
  '^src/search/query-pictures/filesystem\\.',
  '^src/search/map/layout/',
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'one-public-door',
      comment:
        'Another app or ground module is imported through its index.ts only. The exceptions import nothing: the errors, since ' +
        'the command line parses before it loads Nest, and random numbers and what is made of them, since worker threads run from source.',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: {
        path: `^src/(${[...apps, ...ground].join('|')})/`,
        pathNot: [
          '^src/$1/',
          '^src/[^/]+/index\\.ts$',
          '^src/common/(app-error|bootstrap|file\\.errors|open-regular-file|seeded-random)\\.ts$',
        ],
      },
    },
    {
      name: 'ground-knows-no-app',
      severity: 'error',
      from: { path: `^src/(${ground.join('|')})/` },
      to: { path: `^src/(${apps.join('|')}|cli)/` },
    },
    {
      name: 'datasets-and-embeddings-stand-alone',
      comment: 'search → datasets, embeddings; those two know neither each other nor search.',
      severity: 'error',
      from: { path: '^src/(datasets|embeddings)/' },
      to: { path: `^src/(${apps.join('|')}|cli)/`, pathNot: '^src/$1/' },
    },
    {
      name: 'apps-do-not-know-the-command-line',
      severity: 'error',
      from: { path: `^src/(${apps.join('|')})/` },
      to: { path: '^src/cli/' },
    },
    {
      name: 'only-modules-import-adapters',
      comment: 'The module is the one place that picks an adapter; tests may look inside.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['\\.module\\.ts$', '\\.spec\\.ts$', ...adapters] },
      to: { path: adapters, pathNot: '\\.config\\.ts$' },
    },
    {
      name: 'adapters-know-no-service',
      severity: 'error',
      from: { path: adapters },
      to: { path: '\\.(service|resolver|job|command)\\.ts$' },
    },
    {
      name: 'only-api-knows-graphql',
      comment: 'GraphQL types, inputs and resolvers live in api/; the rest is plain TypeScript.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['/api/', '^src/common/graphql/', '^src/http/', '^src/print-schema\\.ts$', '\\.spec\\.ts$'],
      },
      to: { path: 'node_modules/(@nestjs/graphql|@nestjs/apollo|@apollo/[^/]+|graphql|graphql-upload)(/|$)' },
    },
    {
      name: 'services-do-not-know-the-api',
      comment: 'A module and the public door may; nothing else looks into api/ from outside.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['/api/', '\\.module\\.ts$', '/index\\.ts$', '\\.spec\\.ts$'] },
      to: { path: '^src/[^/]+/api/' },
    },
    {
      name: 'vendor-sdks-behind-ports',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [
          ...adapters,
          '^src/database/',
          '^src/common/image/',
          '^src/downloads/objects/',
          '\\.spec\\.ts$',
        ],
      },
      to: {
        path: 'node_modules/(@aws-sdk/[^/]+|better-sqlite3|usearch|onnxruntime-node|@huggingface/tokenizers|sharp|chokidar|@tensorflow/[^/]+|@elastic|@opensearch-project)(/|$)',
      },
    },
    {
      name: 'only-repositories-know-the-tables',
      comment:
        'In datasets and jobs, SQL stands in repositories alone, so that another database can take the place of this one.',
      severity: 'error',
      from: {
        path: '^src/(datasets|jobs)/',
        pathNot: [
          '\\.repository\\.ts$',
          '\\.tables\\.ts$',
          '/migrations/',
          '/transactions\\.ts$',
          '/filter-condition\\.ts$',
          '/index\\.ts$',
          '\\.spec\\.ts$',
        ],
      },
      to: { path: ['^src/(datasets|jobs)/.*\\.tables\\.ts$', 'node_modules/kysely(/|$)'] },
    },
    {
      name: 'one-way-out-to-the-network',
      comment: 'Whatever fetches a URL goes through the guard in downloads.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/downloads/' },
      to: {
        path: ['node_modules/(undici|ipaddr\\.js)(/|$)', '^(node:)?(http|https|http2|dns|dns/promises)$'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-dev-dependency-in-production',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm-peer'] },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '\\.worker\\.ts$', '^test/.*\\.[cm]js$'] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};

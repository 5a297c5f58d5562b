const apps = ['datasets', 'embeddings', 'search'];
const ground = ['jobs', 'database', 'downloads', 'common', 'config', 'health', 'linear-algebra'];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'one-public-door',
      comment:
        'Another app or ground module is imported through its index.ts only. The exception is AppError, whose file ' +
        'imports nothing: the command line parses before it loads Nest.',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: {
        path: `^src/(${[...apps, ...ground].join('|')})/`,
        pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$', '^src/common/app-error\\.ts$'],
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
      from: { path: '^src/', pathNot: ['\\.module\\.ts$', '/adapters/', '\\.spec\\.ts$'] },
      to: { path: '^src/[^/]+/adapters/' },
    },
    {
      name: 'adapters-know-no-service',
      severity: 'error',
      from: { path: '^src/[^/]+/adapters/' },
      to: { path: '\\.(service|resolver|job|command)\\.ts$' },
    },
    {
      name: 'vendor-sdks-behind-ports',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['/adapters/', '^src/database/', '^src/common/image/', '\\.spec\\.ts$'],
      },
      to: {
        path: 'node_modules/(better-sqlite3|usearch|onnxruntime-node|sharp|@tensorflow/[^/]+|@elastic|@opensearch-project)(/|$)',
      },
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
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '\\.worker\\.ts$', '^test/.*\\.cjs$'] },
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

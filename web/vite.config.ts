import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

/** The paths that the service answers itself; the page has all others. */
const SERVICE_PATHS = [
  '/graphql',
  '/images',
  '/query-pictures',
  '/heat-maps',
  '/datasets',
  '/jobs',
  '/health',
];
const service = process.env.LOOKALIKE_URL ?? 'http://127.0.0.1:3000';

/**
 * regl compiles the functions that drive WebGL from text, which the content security policy of the page forbids. In the
 * build it takes the compiler that `map/plot/compiler.ts` finds in a frame whose policy allows this and nothing else.
 */
const compileElsewhere: Plugin = {
  name: 'compile-elsewhere',
  apply: 'build',
  transform(code, id) {
    if (!id.replaceAll('\\', '/').endsWith('/regl/dist/regl.js')) return undefined;
    const theirs = 'Function.apply(null, linkedNames.concat(src))';
    if (!code.includes(theirs)) this.error('regl no longer compiles its functions as it did.');
    return { code: code.replace(theirs, theirs.replace('Function', 'globalThis.mapCompiler')), map: null };
  },
};

/** The page speaks English, so the words of React Aria in thirty other languages are left out. */
const otherLanguages: Plugin = {
  name: 'other-languages',
  load(id) {
    return /react-(?:aria|aria-components|stately)\/dist\/private\/intl\/.*\/(?!en-)[a-z]{2}-[A-Z]{2}\.mjs$/.test(
      id,
    )
      ? 'export default {};'
      : undefined;
  },
};

/** The generated file holds the documents of all views. Each becomes a module of its own, and so comes with its view. */
const documentsApart: Plugin = {
  name: 'documents-apart',
  apply: 'build',
  enforce: 'pre',
  async resolveId(id) {
    return id.includes(DOCUMENT_MODULE) ? { id, moduleSideEffects: false } : undefined;
  },
  async load(id) {
    const [file = '', name] = id.split(DOCUMENT_MODULE);
    if (name === undefined) return undefined;
    const found = new RegExp(`^export const ${name} = (.*) as unknown as .*;$`, 'm').exec(
      await readFile(file, 'utf8'),
    );
    return found === null ? undefined : `export const ${name} = ${found[1]};`;
  },
  transform(code, id) {
    if (!id.replaceAll('\\', '/').endsWith('/api/generated/graphql.ts')) return undefined;
    const names = [...code.matchAll(/^export const (\w+Document) = /gm)].map(([, name]) => name!);
    if (names.length === 0) this.error('The generated documents no longer look as they did.');
    const modules = names.map((name) => `export { ${name} } from '${id}${DOCUMENT_MODULE}${name}';`);
    return { code: modules.join('\n'), map: null, moduleSideEffects: false };
  },
};
const DOCUMENT_MODULE = '?document=';

export default defineConfig({
  plugins: [otherLanguages, compileElsewhere, documentsApart],
  root: fileURLToPath(new URL('.', import.meta.url)),
  logLevel: 'warn',
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // Pictures and fonts stay files of their own: a content security policy need not allow data: URLs.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: {
      onLog(level, log, show) {
        // Directives for React's servers mean nothing in a browser.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') show(level, log);
      },
    },
  },
  oxc: { jsx: { runtime: 'automatic' } },
  // `ide/` is a page of its own.
  optimizeDeps: { entries: ['index.html'] },
  server: {
    host: '127.0.0.1',
    proxy: Object.fromEntries(
      SERVICE_PATHS.map((path) => [path, { target: service, ws: path === '/graphql' }]),
    ),
  },
});

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const service = process.env.LOOKALIKE_URL ?? 'http://127.0.0.1:3000';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/graphiql/',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic' } },
  worker: { format: 'es' },
  build: {
    outDir: '../../dist/ide',
    emptyOutDir: true,
    target: 'es2023',
    reportCompressedSize: false,
    chunkSizeWarningLimit: 5_000,
    rolldownOptions: {
      onLog(level, log, show) {
        // Directives for React's servers mean nothing in a browser.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') show(level, log);
      },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/graphql': { target: service, ws: true }, '/images': service, '/query-pictures': service },
  },
});

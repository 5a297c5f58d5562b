import { defineConfig } from 'vite';

const target = process.env.LOOKALIKE_URL ?? 'http://127.0.0.1:3000';

export default defineConfig({
  // The service answers these paths, so that the page and its pictures come from one origin.
  server: {
    host: '127.0.0.1',
    proxy: Object.fromEntries(['/graphql', '/images'].map((path) => [path, { target }])),
  },
});

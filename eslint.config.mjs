import js from '@eslint/js';
import graphql from '@graphql-eslint/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** The plugin keeps the first one that it sees, so it is the same for all files. */
const graphQLConfig = { schema: 'schema.gql', documents: 'web/src/**/*.graphql' };

export default tseslint.config(
  { ignores: ['**/dist/', 'node_modules/', 'data/', 'coverage/', '**/*_pb.ts', '**/generated/', 'wasm/'] },
  { ...js.configs.recommended, ignores: ['**/*.gql', '**/*.graphql'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        ArrayBuffer: 'readonly',
        SharedArrayBuffer: 'readonly',
        require: 'readonly',
        module: 'writable',
      },
    },
  },
  {
    files: ['schema.gql'],
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig } },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...graphql.configs['flat/schema-recommended'].rules,
      // Values have no identity: docs/adr/0033-ids-and-pages-as-relay-expects-them.md.
      '@graphql-eslint/strict-id-in-types': 'off',
    },
  },
  {
    files: ['web/src/**/*.graphql'],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig },
    },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...graphql.configs['flat/operations-recommended'].rules,
      // One more than recommended: what an index has learnt is that deep in a dataset.
      '@graphql-eslint/selection-set-depth': ['error', { maxDepth: 8 }],
    },
  },
  {
    files: ['web/public/**'],
    languageOptions: { sourceType: 'script', globals: { document: 'readonly', localStorage: 'readonly' } },
  },
  {
    files: ['examples/**/*.js'],
    languageOptions: { globals: { fetch: 'readonly', File: 'readonly', FormData: 'readonly' } },
  },
  {
    files: ['bench/**', 'scripts/**', 'bin/**', 'packages/*/scripts/**', 'examples/**'],
    rules: { 'no-console': 'off' },
  },
  prettier,
);

// For the modules that set the suites up.
import './scripts/load-typescript.js';

const suite = process.env.JEST_SUITE;
const integration = suite === 'integration';
/** The suites that `npm test` leaves out, and the folders that they are in. */
const folders = {
  integration: '<rootDir>/test/integration',
  page: '<rootDir>/test/page',
  quality: '<rootDir>/test/quality',
  wild: '<rootDir>/test/wild',
};

/** @type {import('jest').Config} */
export default {
  testEnvironment: '<rootDir>/test/runner/environment.cjs',
  testRunner: '<rootDir>/test/runner/circus.cjs',
  roots: suite in folders ? [folders[suite]] : ['<rootDir>/src', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    ...(suite in folders ? [] : Object.values(folders).map((folder) => `${folder}/`)),
  ],
  reporters: ['default', ...(process.env.CI ? ['<rootDir>/test/ci-summary.cjs'] : [])],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {},
  testTimeout:
    integration || suite === 'quality' || suite === 'wild' ? 600_000 : suite === 'page' ? 120_000 : 60_000,
  maxWorkers: 2,
  // Many tests start servers, processes and browsers; on a busy machine one of them gets a second chance, and the log
  // says why it needed it.
  ...(process.env.CI && { setupFilesAfterEnv: ['<rootDir>/test/retry.ts'] }),
  // Elasticsearch and OpenSearch are started by the suites that need them, and stopped once at the end.
  ...(suite === 'page' && {
    globalSetup: '<rootDir>/test/page/prepare-data.ts',
    globalTeardown: '<rootDir>/test/page/remove-data.ts',
    maxWorkers: 1,
  }),
  ...(integration && {
    globalSetup: '<rootDir>/test/integration/servers-setup.ts',
    globalTeardown: '<rootDir>/test/integration/servers-teardown.ts',
  }),
};

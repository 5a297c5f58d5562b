import { jest } from '@jest/globals';

/** A test that fails is run once more. Why it failed is printed even if it passes then. */
jest.retryTimes(1, { logErrorsBeforeRetry: true });

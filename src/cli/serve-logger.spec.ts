import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ServeLogger } from './serve-logger.ts';

describe('ServeLogger', () => {
  let printed: string[];

  beforeEach(() => {
    printed = [];
    const print = (text: string | Uint8Array) => printed.push(String(text)) > 0;
    jest.spyOn(process.stdout, 'write').mockImplementation(print);
    jest.spyOn(process.stderr, 'write').mockImplementation(print);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  function logAll(level: string | undefined): void {
    const logger = new ServeLogger(level);
    logger.log('AppModule dependencies initialized', 'InstanceLoader');
    logger.debug('one session', 'Embeddings');
    logger.error('Error: listen EADDRINUSE', undefined, 'NestApplication');
    logger.error('a module failed', 'stack', 'ExceptionHandler');
    logger.error('a request failed', undefined, 'GraphQL');
    logger.log('listening');
  }

  it('leaves out the steps of the start, and errors that are printed when they are thrown', () => {
    logAll(undefined);
    expect(printed).toEqual([
      expect.stringContaining('a request failed'),
      expect.stringContaining('listening'),
    ]);
  });

  it('shows the steps with debug', () => {
    logAll('debug');
    expect(printed).toEqual([
      expect.stringContaining('AppModule dependencies initialized'),
      expect.stringContaining('one session'),
      expect.stringContaining('a request failed'),
      expect.stringContaining('listening'),
    ]);
  });
});

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { storageFull } from '../common/index.ts';
import { exitWith } from './exit.ts';

const sqliteFull = () => Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });

describe('exitWith', () => {
  let written: string;

  beforeEach(() => {
    written = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    process.exitCode = undefined;
  });

  it.each([
    ['an error of SQLite', sqliteFull()],
    ['an error of the file system', Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' })],
    ['a coded error with its cause', storageFull(sqliteFull())],
  ])('reports a full disk in one line for %s', async (_what, error) => {
    await exitWith(error);
    expect(written).toBe(`error STORAGE_FULL: ${storageFull().message}\n`);
    expect(process.exitCode).toBe(1);
  });

  it('prints the stack of an error that nobody expects', async () => {
    await exitWith(new TypeError('x is not a function'));
    expect(written).toContain('error INTERNAL_SERVER_ERROR: ');
    expect(written).toContain('TypeError: x is not a function\n    at ');
    expect(process.exitCode).toBe(1);
  });
});

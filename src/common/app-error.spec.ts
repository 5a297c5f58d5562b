import { describe, expect, it } from '@jest/globals';
import { AppError, definedErrors, errorsOf, restoreError, statusOfCode } from './app-error.ts';

const defineError = errorsOf('Tests');

const shelfFull = defineError({
  code: 'TEST_SHELF_FULL',
  status: 507,
  meaning: 'The shelf is full.',
  remedy: 'Take something out.',
  message: (shelf: string, _cause?: unknown) => `The shelf ${shelf} is full.`,
  details: (shelf) => ({ shelf }),
  cause: (_shelf, cause) => cause,
});

describe('defineError', () => {
  it('makes errors with the code, status, sentence, details and cause', () => {
    const cause = new Error('no space');
    const error = shelfFull('A', cause);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      code: 'TEST_SHELF_FULL',
      status: 507,
      message: 'The shelf A is full.',
      details: { shelf: 'A' },
      cause,
      isFault: true,
    });
  });

  it('recognises its own errors, in other wordings too', () => {
    const shelvesFull = shelfFull.variant({ message: 'All shelves are full.' });
    expect(shelvesFull()).toMatchObject({ code: 'TEST_SHELF_FULL', status: 507, details: {} });
    expect(shelfFull.is(shelvesFull())).toBe(true);
    expect(shelfFull.is(Object.assign(new Error(), { code: 'TEST_SHELF_FULL' }))).toBe(false);
  });

  it('refuses a code that is defined already', () => {
    const again = { code: 'TEST_SHELF_FULL', status: 400, meaning: '', remedy: '', message: '' } as const;
    expect(() => errorsOf('Others')(again)).toThrow('TEST_SHELF_FULL');
  });

  it('keeps code and status of an error that gets further details', () => {
    expect(shelfFull('A').with({ attempts: 2 })).toMatchObject({
      code: 'TEST_SHELF_FULL',
      status: 507,
      details: { shelf: 'A', attempts: 2 },
    });
  });

  it('lists the definitions', () => {
    expect(definedErrors()).toContainEqual(
      expect.objectContaining({ area: 'Tests', code: 'TEST_SHELF_FULL', meaning: 'The shelf is full.' }),
    );
  });
});

describe('restoreError', () => {
  it('gives an error that was stored as text its status back', () => {
    const error = restoreError({ code: 'TEST_SHELF_FULL', message: 'It was full.' });
    expect(shelfFull.is(error)).toBe(true);
    expect(error).toMatchObject({ status: 507, message: 'It was full.' });
  });

  it('takes a code of another version', () => {
    expect(restoreError({ code: 'TEST_FORMER', message: 'Gone.' })).toMatchObject({ status: 500 });
  });
});

describe('statusOfCode', () => {
  it('takes an unknown code for a mistake of the client, since libraries have their own', () => {
    expect(statusOfCode('TEST_OF_A_LIBRARY')).toBe(400);
  });
});

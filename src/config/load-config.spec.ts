import { describe, expect, it } from '@jest/globals';
import { commaSeparated, configSlice, flag, setting, wholeNumber } from './config-slice.ts';
import { loadConfig } from './load-config.ts';

class Server extends configSlice(
  { title: 'Server' },
  {
    PORT: wholeNumber({ min: 1, max: 65_535, fallback: 3000, meaning: 'The port to listen on.' }),
    OPEN: flag({ fallback: false, meaning: 'Whether anybody may connect.' }),
  },
) {}

class Roots extends configSlice(
  { title: 'Roots' },
  { ROOTS: setting(commaSeparated(), { meaning: 'Folders to read.', values: 'paths' }) },
) {}

describe('loadConfig', () => {
  const load = (environment: Record<string, string>) => {
    const loaded = loadConfig([Server, Roots], environment);
    return { server: loaded.get(Server) as Server, roots: loaded.get(Roots) as Roots };
  };

  it('reads every slice from the environment, with its defaults', () => {
    const { server, roots } = load({ PORT: '8080', ROOTS: ' /a , /b,, ' });
    expect(server).toBeInstanceOf(Server);
    expect(server).toEqual({ PORT: 8080, OPEN: false });
    expect(roots.ROOTS).toEqual(['/a', '/b']);
  });

  it('treats an empty variable as unset', () => {
    expect(load({ PORT: '', OPEN: '' }).server).toEqual({ PORT: 3000, OPEN: false });
  });

  it.each([
    ['true', true],
    ['1', true],
    ['YES', true],
    ['off', false],
    ['false', false],
  ])('reads the flag %s', (text, expected) => {
    expect(load({ OPEN: text }).server.OPEN).toBe(expected);
  });

  it('reports every invalid setting with its value and what was expected, in one error', () => {
    expect(() => load({ PORT: '99999', OPEN: 'perhaps' })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message:
          'The configuration has 2 invalid settings:\n' +
          '  PORT=99999: expected a whole number from 1 to 65535\n' +
          '  OPEN=perhaps: expected true or false',
        details: { keys: ['PORT', 'OPEN'] },
      }),
    );
  });

  it('names the unit of an invalid number', () => {
    class Lifetimes extends configSlice(
      { title: 'Lifetimes' },
      {
        TTL: wholeNumber({
          min: 1_000,
          max: 9_000,
          fallback: 2_000,
          unit: 'milliseconds',
          meaning: 'How long.',
        }),
      },
    ) {}
    expect(() => loadConfig([Lifetimes], { TTL: '8' })).toThrow(
      'TTL=8: expected a whole number of milliseconds from 1000 to 9000',
    );
  });

  it.each(['-1', '1.5', '0x10', '1e3', 'http'])('does not accept %s as a whole number', (PORT) => {
    expect(() => load({ PORT })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});

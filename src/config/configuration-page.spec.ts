import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { commaSeparated, configSlice, flag, oneOf, setting, text, wholeNumber } from './config-slice.ts';
import { configurationPage } from './configuration-page.ts';
import { PLATFORM_VARIABLES } from './platform-variables.ts';

class Downloads extends configSlice(
  { title: 'Downloads', note: 'How files are fetched.' },
  {
    MAX_BYTES: wholeNumber({
      min: 1,
      max: 1e9,
      fallback: 20 * 1024 ** 2,
      unit: 'bytes',
      meaning: 'The maximum size.',
    }),
    TIMEOUT_MS: wholeNumber({
      min: 1,
      max: 9_000,
      fallback: 1_500,
      unit: 'milliseconds',
      meaning: 'The time limit.',
    }),
    THREADS: wholeNumber({ min: 0, max: 8, fallback: 0, shownDefault: 'one per core', meaning: 'Threads.' }),
    PORTS: setting(
      commaSeparated().transform((items) => (items.length === 0 ? ['80', '443'] : items)),
      {
        meaning: 'The ports.',
        values: 'port numbers',
      },
    ),
  },
) {}

class Index extends configSlice(
  { title: 'Index' },
  {
    KIND: oneOf(['embedded', 'cluster'], { fallback: 'embedded', meaning: 'Here | there.' }),
    OPEN: flag({ fallback: false, meaning: 'Whether anybody may connect.' }),
    KEY: text({ meaning: 'The key.', values: 'any text' }),
    ROOTS: setting(commaSeparated(), { meaning: 'The folders.', values: 'paths' }),
  },
) {}

/** The cells of the table row of a setting. */
function cellsOf(page: string, key: string): string[] | undefined {
  const line = page.split('\n').find((one) => one.startsWith(`| \`${key}\``));
  return line
    ?.split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}

describe('configurationPage', () => {
  const page = configurationPage([Downloads, Index], PLATFORM_VARIABLES);

  it('has a section for each slice, with its note', () => {
    expect([...page.matchAll(/^## (.*)$/gm)].map(([, title]) => title)).toEqual([
      'Downloads',
      'Index',
      'Read by the platform',
    ]);
    expect(page).toContain('## Downloads\n\nHow files are fetched.\n\n|');
  });

  it.each([
    ['MAX_BYTES', '`20971520` (20 MiB)', 'The maximum size.', '1 to 1000000000 bytes'],
    ['TIMEOUT_MS', '`1500` (1.5 s)', 'The time limit.', '1 to 9000 milliseconds'],
    ['THREADS', 'one per core', 'Threads.', '0 to 8'],
    ['PORTS', '`80,443`', 'The ports.', 'port numbers'],
    ['KIND', '`embedded`', 'Here \\| there.', '`embedded`, `cluster`'],
    ['OPEN', '`false`', 'Whether anybody may connect.', '`true` or `false`'],
    ['KEY', 'none', 'The key.', 'any text'],
    ['ROOTS', 'none', 'The folders.', 'paths'],
  ])('shows the default, the meaning and the values of %s', (key, ...cells) => {
    expect(cellsOf(page, key)).toEqual([`\`${key}\``, ...cells]);
  });

  it('throws for a setting without a description, and for one that two slices read', () => {
    class Silent extends configSlice({ title: 'Silent' }, { SECRET: z.string().optional() }) {}
    expect(() => configurationPage([Silent], [])).toThrow('The setting SECRET has no description.');
    expect(() => configurationPage([Index, Index], [])).toThrow('Two slices read KIND.');
  });
});

describe('docs/configuration.md', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));

  it('lists every environment variable that the code reads by name', async () => {
    const read = new Set<string>();
    for (const folder of ['src', 'bin']) {
      for (const name of await readdir(join(root, folder), { recursive: true })) {
        if (!/\.[jt]s$/.test(name) || name.endsWith('.spec.ts')) continue;
        const code = await readFile(join(root, folder, name), 'utf8');
        for (const [, variable] of code.matchAll(/process\.env\.(\w+)/g)) read.add(variable ?? '');
        for (const [, variables = ''] of code.matchAll(/\{([^{}]*)\} = process\.env\b/g)) {
          for (const variable of variables.split(',')) read.add(variable.trim());
        }
      }
    }
    const page = await readFile(join(root, 'docs', 'configuration.md'), 'utf8');
    const listed = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name ?? '');
    expect(read.size).toBeGreaterThan(0);
    expect([...read].filter((variable) => !listed.includes(variable))).toEqual([]);
  });
});

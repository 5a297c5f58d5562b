import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { printPage } from './print-page.ts';

describe('printPage', () => {
  let folder: string;
  let printed: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    printed = [];
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await rm(folder, { recursive: true });
  });

  it('prints the text, or writes it to the file that is named', async () => {
    await printPage('printed\n', []);
    await printPage('written\n', [join(folder, 'page.md')]);
    expect(printed).toEqual(['printed\n']);
    expect(await readFile(join(folder, 'page.md'), 'utf8')).toBe('written\n');
  });

  it('is what writes every generated file, since a redirection empties it if the program fails', async () => {
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(Object.values(scripts).filter((script) => script.includes(' > '))).toEqual([]);
  });
});

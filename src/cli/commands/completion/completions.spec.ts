import { describe, expect, it } from '@jest/globals';
import { makeProgram } from '../../program.ts';
import { completionsOf } from './completions.ts';

const program = makeProgram('1.2.3');
const datasets = () => Promise.resolve(['stamps', 'shop', 'clothing']);

async function values(...words: string[]): Promise<string[]> {
  return (await completionsOf(program, words, datasets)).candidates.map(({ value }) => value);
}

describe('completionsOf', () => {
  it.each([
    [['se'], ['search', 'serve']],
    [['models', 'p'], ['pull']],
    [
      ['import', ''],
      ['directory', 'annotations', 'imaterialist'],
    ],
    [
      ['search', ''],
      ['stamps', 'shop', 'clothing'],
    ],
    [
      ['search', 's'],
      ['stamps', 'shop'],
    ],
    [['index', '--rebuild', 'c'], ['clothing']],
    [
      ['search', '-k', '3', 's'],
      ['stamps', 'shop'],
    ],
    [
      ['import', 'directory', 'photos', '--dataset', 's'],
      ['stamps', 'shop'],
    ],
    [
      ['import', 'directory', 'photos', '-d', ''],
      ['stamps', 'shop', 'clothing'],
    ],
    [['import', '--retry-failed', 'sh'], ['shop']],
    [['search', 'stamps', '--min-s'], ['--min-score']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['complet'], ['completion']],
    [['search', 'stamps', '--min-score', ''], []],
    [['no-such-command', ''], []],
  ])('completes %j to %j', async (words, expected) => {
    expect(await values(...words)).toEqual(expected);
  });

  it('completes a value after "=" as a whole, or alone if the shell has split the words', async () => {
    expect(await values('embed', 'a.jpg', '--dataset=sh')).toEqual(['--dataset=shop']);
    expect(await values('embed', 'a.jpg', '--dataset', '=', 'sh')).toEqual(['shop']);
    expect(await values('embed', 'a.jpg', '--dataset', '=')).toEqual(['stamps', 'shop', 'clothing']);
  });

  it.each([
    ['search', 'stamps', ''],
    ['search', 'stamps', 'a.jpg', ''],
    ['search', 'stamps', 'a.jpg', '--html', ''],
    ['embed', ''],
    ['import', 'directory', ''],
    ['evaluate', 'stamps', ''],
  ])('lets the shell complete files after %s %s', async (...words) => {
    expect((await completionsOf(program, words, datasets)).kind).toBe('files');
  });

  it('does not offer files where there can be none', async () => {
    expect((await completionsOf(program, ['search', ''], datasets)).kind).toBe('words');
    expect((await completionsOf(program, ['datasets', ''], datasets)).kind).toBe('words');
  });
});

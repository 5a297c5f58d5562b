import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';

const module = JSON.stringify(new URL('./colour.ts', import.meta.url).href);

/** What a process with these variables prints in red to a stream that is a terminal or not. */
function red(isTTY: boolean, variables: Record<string, string>): string {
  const script = `
    import { PassThrough } from 'node:stream';
    import { WriteStream } from 'node:tty';
    import { coloured } from ${module};
    const { getColorDepth } = WriteStream.prototype;
    const stream = Object.assign(new PassThrough(), { isTTY: ${isTTY}, getColorDepth });
    process.stdout.write(coloured('red', 'x', stream));
  `;
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { TERM: 'xterm-256color', ...variables },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

const RED = '\u001b[31mx\u001b[39m';

describe('coloured', () => {
  it.each([
    ['a terminal', true, {}, RED],
    ['a file', false, {}, 'x'],
    ['a terminal with NO_COLOR', true, { NO_COLOR: '1' }, 'x'],
    ['a file with FORCE_COLOR', false, { FORCE_COLOR: '1' }, RED],
    ['a terminal with FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, 'x'],
  ])('styles text for %s as expected', (_what, isTTY, variables, expected) => {
    expect(red(isTTY, variables)).toBe(expected);
  });
});

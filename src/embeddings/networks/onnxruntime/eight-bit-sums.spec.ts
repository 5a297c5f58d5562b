import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { eightBitSumsOverflow } from './eight-bit-sums.ts';
import { sessionOptions } from './session-options.ts';

const isKnown = process.platform === 'linux';
const flags = isKnown ? readFileSync('/proc/cpuinfo', 'utf8') : '';
const overflow = /\bavx2\b/.test(flags) && !/\b(avx512_vnni|avx_vnni)\b/.test(flags);

describe('sums of eight-bit products', () => {
  (isKnown ? it : it.skip)('overflow on processors with AVX2 but without VNNI instructions', async () => {
    expect(await eightBitSumsOverflow()).toBe(overflow);
  });

  it('are computed exactly only where they would overflow', async () => {
    const { extra } = await sessionOptions({ providers: ['cpu'], threads: 1 });
    const exact = (await eightBitSumsOverflow()) ? '1' : '0';
    expect(extra).toMatchObject({ session: { x64quantprecision: exact } });
  });
});

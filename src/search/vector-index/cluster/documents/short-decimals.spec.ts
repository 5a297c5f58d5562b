import { describe, expect, it } from '@jest/globals';
import { shortDecimals } from './short-decimals.ts';

describe('shortDecimals', () => {
  it('denote the same single-precision numbers, whatever their magnitude', () => {
    const bits: number[] = [];
    // From the smallest number there is up to 1, and the neighbours of powers of ten.
    for (let one = 0; one < 0x3f80_0000; one += 9_973) bits.push(one);
    for (let power = -30; power <= 0; power += 1) {
      const middle = new Uint32Array(Float32Array.of(Number(`1e${power}`)).buffer)[0]!;
      for (let about = -50; about <= 50; about += 1) bits.push(middle + about);
    }
    const positive = new Float32Array(Uint32Array.from(bits).buffer);
    for (const vector of [positive, positive.map((value) => -value)]) {
      expect(Float32Array.from(shortDecimals(vector))).toEqual(vector);
    }
  });

  it('have at most nine significant digits', () => {
    const vector = Float32Array.of(0.1, 0.3, 0.0171893258, 0.00123, -0.99999999, 1e-7, 3.3e-12);
    for (const value of shortDecimals(vector)) {
      const digits = JSON.stringify(value)
        .replace(/e.*|[.-]/g, '')
        .replace(/^0+/, '');
      expect(digits.length).toBeLessThanOrEqual(9);
    }
  });

  it('are the numbers themselves if these are 0, large or tiny', () => {
    expect(shortDecimals(Float32Array.of(0, 1, -1, 1.5, 2 ** -100))).toEqual([0, 1, -1, 1.5, 2 ** -100]);
  });
});

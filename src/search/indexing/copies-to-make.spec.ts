import { describe, expect, it } from '@jest/globals';
import { ALTERATIONS } from '../../common/index.ts';
import { COPIES, copiesToMake } from './copies-to-make.ts';

const pictures = (count: number) => Array.from({ length: count }, (_, at) => `picture ${at}`);
const counted = (made: ReturnType<typeof copiesToMake>) =>
  Object.fromEntries(
    ALTERATIONS.map((one) => [one, made.filter(({ alterations }) => alterations.includes(one)).length]),
  );

describe('copiesToMake', () => {
  it('alters the first pictures in several ways and others in one', () => {
    const made = copiesToMake(pictures(1_000), 1_000);
    expect(counted(made)).toEqual(COPIES);
    expect(made[0]).toEqual({ sha256: 'picture 0', alterations: ALTERATIONS });
    expect(made.at(-1)).toEqual({ sha256: 'picture 119', alterations: ['compressed'] });
  });

  it('makes no more copies than about the number of images', () => {
    expect(counted(copiesToMake(pictures(22), 22))).toEqual({
      cropped: 4,
      flipped: 1,
      rotated: 4,
      recoloured: 1,
      compressed: 12,
    });
    expect(copiesToMake([], 0)).toEqual([]);
  });
});

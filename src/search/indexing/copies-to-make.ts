import { ALTERATIONS, type Alteration } from '../../common/index.ts';

/** A picture with what is done to it, one copy each. */
export interface PictureToCopy {
  /** Of the picture's file. */
  readonly sha256: string;
  readonly alterations: readonly Alteration[];
}

/**
 * How many copies of each kind a fit is tested with. Each is embedded, and they need not be equally many: the more often a
 * kind is lost, the more of its copies are needed to see how often.
 */
export const COPIES: Readonly<Record<Alteration, number>> = {
  compressed: 120,
  cropped: 40,
  rotated: 40,
  flipped: 10,
  recoloured: 10,
};
const ALL = Object.values(COPIES).reduce((sum, count) => sum + count, 0);

/** The first of the pictures, with what to do to each: about as many copies as there are images in all, if these are few. */
export function copiesToMake(sha256s: readonly string[], images: number): PictureToCopy[] {
  const share = Math.min(1, images / ALL);
  const wanted = (alteration: Alteration) => Math.ceil(share * COPIES[alteration]);
  return sha256s
    .map((sha256, at) => ({ sha256, alterations: ALTERATIONS.filter((one) => at < wanted(one)) }))
    .filter(({ alterations }) => alterations.length > 0);
}

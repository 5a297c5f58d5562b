import { ALTERATIONS } from '../../common/index.ts';

/** Altered copies, with which a projection that learns from labels is tested: this share of the images, but at least … */
const [COPIED_SHARE, LEAST_COPIES] = [0.05, 500];
/** … and at most so many, since each is embedded; and not more than there are images. */
const MOST_COPIES = 1_000;

/** Of how many pictures copies are made with every alteration, for a dataset of `count` images. */
export function picturesToCopy(count: number): number {
  const copies = Math.min(MOST_COPIES, Math.max(LEAST_COPIES, COPIED_SHARE * count), count);
  return Math.ceil(copies / ALTERATIONS.length);
}

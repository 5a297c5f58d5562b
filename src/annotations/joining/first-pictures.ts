import { RowProblem } from '../reading/row.ts';
import { textHash } from './text-hash.ts';

/** Remembers which picture each image has, in four bytes per image, to notice a row that gives it another one. */
export class FirstPictures {
  /** For each image, a hash of the places of its picture; 0 if it has none yet. */
  private hashes = new Uint32Array(1_024);

  /** Throws `RowProblem` if an earlier row has given the image other places. A row without places gives it none. */
  check(image: number, places: readonly string[]): void {
    if (places.every((place) => place === '')) return;
    if (image >= this.hashes.length) {
      const larger = new Uint32Array(Math.max(2 * this.hashes.length, image + 1));
      larger.set(this.hashes);
      this.hashes = larger;
    }
    const hash = hashOf(places);
    const known = this.hashes[image]!;
    if (known === 0) this.hashes[image] = hash;
    else if (known !== hash) {
      throw new RowProblem(
        'an earlier row has the same id and another picture; this picture is not imported',
      );
    }
  }
}

/** Never 0. */
function hashOf(places: readonly string[]): number {
  return textHash(places.join('\n')) >>> 0 || 1;
}

import type { HashColumns } from './near-duplicates.ts';
import type { PerceptualHash } from './perceptual-hash.ts';

/** What the search for duplicates knows of an image. */
export interface ImageFile {
  readonly imageId: number;
  /** The oldest image of the dataset with the same bytes. */
  readonly firstId: number;
  readonly hash: PerceptualHash | undefined;
}

export interface DuplicateMember {
  readonly imageId: number;
  /** The number of bits in which its perceptual hash differs from that of the group's oldest image, 0 to 16. */
  readonly distance: number;
  /** Whether it has the same bytes as the group's oldest image. */
  readonly sameBytes: boolean;
}

export interface DuplicateGroup {
  /** At least two, in ascending order of id. Distances are measured from the first, the oldest. */
  readonly members: readonly DuplicateMember[];
  /** Whether all have the same bytes. */
  readonly exact: boolean;
}

/** The images of a dataset grouped by file, in the order of each file's oldest image. */
export class DatasetFiles {
  private readonly ids: number[] = [];
  /** The number of each image's file, in the order of `ids`. */
  private readonly files: number[] = [];
  private readonly numbers = new Map<number, number>();
  private readonly hashed: number[] = [];
  private readonly high: number[] = [];
  private readonly low: number[] = [];

  /** Call it in ascending order of id. */
  add({ imageId, firstId, hash }: ImageFile): void {
    let file = this.numbers.get(firstId);
    if (file === undefined) {
      file = this.numbers.size;
      this.numbers.set(firstId, file);
      if (hash !== undefined) {
        this.hashed.push(file);
        this.high.push(hash.high);
        this.low.push(hash.low);
      }
    }
    this.ids.push(imageId);
    this.files.push(file);
  }

  /** The hashes of the files that have one. */
  columns(): HashColumns {
    return { high: Int32Array.from(this.high), low: Int32Array.from(this.low) };
  }

  /**
   * The groups of two or more images, largest first, and groups of equal size in the order of their
   * oldest image. `leader` and `distance` have an element for each file in `columns`.
   */
  groups(leader: ArrayLike<number>, distance: ArrayLike<number>): DuplicateGroup[] {
    const leaders = Int32Array.from({ length: this.numbers.size }, (_leader, file) => file);
    const distances = new Uint8Array(this.numbers.size);
    this.hashed.forEach((file, at) => {
      leaders[file] = valueAt(this.hashed, valueAt(leader, at));
      distances[file] = valueAt(distance, at);
    });
    const sizes = new Int32Array(this.numbers.size);
    for (const file of this.files) {
      const first = valueAt(leaders, file);
      sizes[first] = valueAt(sizes, first) + 1;
    }

    const members = new Map<number, DuplicateMember[]>();
    this.files.forEach((file, at) => {
      const first = valueAt(leaders, file);
      if (valueAt(sizes, first) < 2) return;
      const member = {
        imageId: valueAt(this.ids, at),
        distance: valueAt(distances, file),
        sameBytes: file === first,
      };
      const group = members.get(first);
      if (group === undefined) members.set(first, [member]);
      else group.push(member);
    });
    return [...members.values()]
      .map((group) => ({ members: group, exact: group.every(({ sameBytes }) => sameBytes) }))
      .sort((a, b) => b.members.length - a.members.length || oldestOf(a) - oldestOf(b));
  }
}

function oldestOf({ members }: DuplicateGroup): number {
  const [oldest] = members;
  if (oldest === undefined) throw new Error('A group of duplicates has no members');
  return oldest.imageId;
}

function valueAt(values: ArrayLike<number>, at: number): number {
  const value = values[at];
  if (value === undefined) throw new Error(`There is no value at ${at} of ${values.length}`);
  return value;
}

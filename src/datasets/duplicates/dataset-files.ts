import type { HashColumns } from './near-duplicates.ts';
import type { PerceptualHash } from './perceptual-hash.ts';
import { Separation, type Pairs } from './separation.ts';

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

/**
 * The images of a dataset in units, in the order in which they are added: the images of a file are one unit, except
 * that an image about which something has been decided is a unit of its own.
 */
export class DatasetFiles {
  private readonly ids: number[] = [];
  /** The number of each image's unit, in the order of `ids`. */
  private readonly units: number[] = [];
  private readonly numbers = new Map<string, number>();
  /** For each unit, the oldest image with the same bytes, and the first image of the unit. */
  private readonly firstIds: number[] = [];
  private readonly leadingIds: number[] = [];
  private readonly hashed: number[] = [];
  private readonly high: number[] = [];
  private readonly low: number[] = [];
  private readonly apart: Pairs;

  /** `apart` has the ids of images that are never put into one group. */
  constructor(apart: Pairs = new Map()) {
    this.apart = apart;
  }

  /** Call it in the order in which images lead groups. */
  add({ imageId, firstId, hash }: ImageFile): void {
    const key = this.apart.has(imageId) ? `image ${imageId}` : `file ${firstId}`;
    let unit = this.numbers.get(key);
    if (unit === undefined) {
      unit = this.numbers.size;
      this.numbers.set(key, unit);
      this.firstIds.push(firstId);
      this.leadingIds.push(imageId);
      if (hash !== undefined) {
        this.hashed.push(unit);
        this.high.push(hash.high);
        this.low.push(hash.low);
      }
    }
    this.ids.push(imageId);
    this.units.push(unit);
  }

  /** The hashes of the units that have one. */
  columns(): HashColumns {
    return {
      high: Int32Array.from(this.high),
      low: Int32Array.from(this.low),
      apart: this.apartAmong(this.hashed),
    };
  }

  /** For each image, the first of its group. `leader` has an element for each unit in `columns`. */
  firsts(leader: ArrayLike<number>): Map<number, number> {
    const leaders = this.leadersOf(leader);
    return new Map(
      this.ids.map((id, at) => [id, valueAt(this.leadingIds, valueAt(leaders, valueAt(this.units, at)))]),
    );
  }

  /**
   * The groups of two or more images, largest first, and groups of equal size in the order of their
   * oldest image. `leader` and `distance` have an element for each unit in `columns`.
   */
  groups(leader: ArrayLike<number>, distance: ArrayLike<number>): DuplicateGroup[] {
    const leaders = this.leadersOf(leader);
    const distances = new Uint8Array(this.numbers.size);
    this.hashed.forEach((unit, at) => (distances[unit] = valueAt(distance, at)));
    const sizes = new Int32Array(this.numbers.size);
    for (const unit of this.units) {
      const first = valueAt(leaders, unit);
      sizes[first] = valueAt(sizes, first) + 1;
    }

    const members = new Map<number, DuplicateMember[]>();
    this.units.forEach((unit, at) => {
      const first = valueAt(leaders, unit);
      if (valueAt(sizes, first) < 2) return;
      const member = {
        imageId: valueAt(this.ids, at),
        distance: valueAt(distances, unit),
        sameBytes: valueAt(this.firstIds, unit) === valueAt(this.firstIds, first),
      };
      const group = members.get(first);
      if (group === undefined) members.set(first, [member]);
      else group.push(member);
    });
    return [...members.values()]
      .map((group) => ({ members: group, exact: group.every(({ sameBytes }) => sameBytes) }))
      .sort((a, b) => b.members.length - a.members.length || oldestOf(a) - oldestOf(b));
  }

  /** For each unit, the one that leads its group. Units without a hash are grouped by their bytes. */
  private leadersOf(leader: ArrayLike<number>): Int32Array {
    const leaders = new Int32Array(this.numbers.size).fill(-1);
    this.hashed.forEach((unit, at) => (leaders[unit] = valueAt(this.hashed, valueAt(leader, at))));
    const separation = new Separation(this.apart);
    const candidates = new Map<number, number[]>();
    this.firstIds.forEach((firstId, unit) => {
      if (leaders[unit] !== -1) return;
      const image = valueAt(this.leadingIds, unit);
      const sameBytes = candidates.get(firstId) ?? [];
      const first = sameBytes.find((candidate) => separation.accepts(candidate, image)) ?? unit;
      leaders[unit] = first;
      separation.join(first, image);
      if (first === unit) candidates.set(firstId, [...sameBytes, unit]);
    });
    return leaders;
  }

  /** The positions in `units` of those that have to be kept apart. */
  private apartAmong(units: readonly number[]): Pairs {
    const positions = new Map<number, number>();
    if (this.apart.size > 0) {
      units.forEach((unit, at) => {
        const image = valueAt(this.leadingIds, unit);
        if (this.apart.has(image)) positions.set(image, at);
      });
    }
    const among = new Map<number, Set<number>>();
    for (const [image, at] of positions) {
      const others = [...(this.apart.get(image) ?? [])].flatMap((other) => positions.get(other) ?? []);
      among.set(at, new Set(others));
    }
    return among;
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

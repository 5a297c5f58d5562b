import type { HashColumns } from './near-duplicates.ts';
import type { PerceptualHash } from './perceptual-hash.ts';

/** One image as far as duplicates are concerned. */
export interface ImageFile {
  readonly imageId: number;
  /** The oldest image of the dataset with the same bytes. */
  readonly firstId: number;
  readonly hash: PerceptualHash | undefined;
}

export interface DuplicateMember {
  readonly imageId: number;
  /** Bits in which its perceptual hash differs from that of the group's oldest image, 0 to 16. */
  readonly distance: number;
  /** Whether its bytes are those of the group's oldest image. */
  readonly sameBytes: boolean;
}

export interface DuplicateGroup {
  /** By rising id: the oldest first, to which the distances are. At least two. */
  readonly members: readonly DuplicateMember[];
  /** Whether the bytes of all are the same. */
  readonly exact: boolean;
}

/** The images of a dataset gathered by file, in the order of the files' oldest images. */
export class DatasetFiles {
  private readonly ids: number[] = [];
  /** Of each image, the number of its file. */
  private readonly files: number[] = [];
  private readonly numbers = new Map<number, number>();
  private readonly hashed: number[] = [];
  private readonly high: number[] = [];
  private readonly low: number[] = [];

  /** Images come by rising id. */
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
   * The groups of two and more, the largest first, those as large by their oldest image. `leader` and
   * `distance` are of the files that have a hash, as `columns` gives them.
   */
  groups(leader: ArrayLike<number>, distance: ArrayLike<number>): DuplicateGroup[] {
    const leaders = Int32Array.from({ length: this.numbers.size }, (_leader, file) => file);
    const distances = new Uint8Array(this.numbers.size);
    this.hashed.forEach((file, at) => {
      leaders[file] = this.hashed[leader[at] ?? at] ?? file;
      distances[file] = distance[at] ?? 0;
    });
    const sizes = new Int32Array(this.numbers.size);
    const leaderOf = (file: number) => leaders[file] ?? file;
    for (const file of this.files) sizes[leaderOf(file)] = (sizes[leaderOf(file)] ?? 0) + 1;

    const members = new Map<number, DuplicateMember[]>();
    this.files.forEach((file, at) => {
      const first = leaderOf(file);
      if ((sizes[first] ?? 0) < 2) return;
      const member = {
        imageId: this.ids[at] ?? 0,
        distance: distances[file] ?? 0,
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
  return members[0]?.imageId ?? 0;
}

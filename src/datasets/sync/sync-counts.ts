import { RowSet } from './row-set.ts';

/** What can happen to an image when a dataset is brought in step with a source. */
export const SYNC_KINDS = [
  'added',
  'changed',
  'moved',
  'relabelled',
  'attributesChanged',
  'vanished',
  'kept',
  'failed',
  'unchanged',
] as const;
export type SyncKind = (typeof SYNC_KINDS)[number];

/** The number of images of each kind. One whose labels and attributes changed counts for both. */
export type SyncCounts = Readonly<Record<SyncKind, number>>;

export type SyncSamples = Readonly<Record<SyncKind, readonly string[]>>;

/** As counts were kept before there were all of these kinds. */
export function completeCounts(counts: Partial<SyncCounts>): SyncCounts {
  return Object.fromEntries(SYNC_KINDS.map((kind) => [kind, counts[kind] ?? 0])) as SyncCounts;
}

/** How many external ids of each kind are kept. */
const SAMPLES = 10;

/** Counts what is done to images, and remembers the first external ids of each kind. */
export class SyncTally {
  private readonly numbers = new Map<SyncKind, number>();
  private readonly names = new Map<SyncKind, string[]>();
  /** The ids of the images that got their picture, of each kind. */
  private readonly pictured = new Map<SyncKind, RowSet>();

  /** `imageId`: of an image that got a picture, which may turn out not to be one. */
  add(kind: SyncKind, externalId: string, imageId?: number): void {
    this.numbers.set(kind, this.count(kind) + 1);
    const samples = this.names.get(kind) ?? [];
    if (samples.length < SAMPLES) samples.push(externalId);
    this.names.set(kind, samples);
    if (imageId === undefined) return;
    const ids = this.pictured.get(kind) ?? new RowSet();
    ids.add(imageId);
    this.pictured.set(kind, ids);
  }

  /** Counts an image as failed, instead of for the picture that it got. */
  fail({ id, externalId }: { readonly id: number; readonly externalId: string }): void {
    for (const [kind, ids] of this.pictured) {
      if (!ids.has(id)) continue;
      this.numbers.set(kind, this.count(kind) - 1);
      this.add('failed', externalId);
    }
  }

  count(kind: SyncKind): number {
    return this.numbers.get(kind) ?? 0;
  }

  counts(): SyncCounts {
    return Object.fromEntries(SYNC_KINDS.map((kind) => [kind, this.count(kind)])) as SyncCounts;
  }

  samples(): SyncSamples {
    return Object.fromEntries(
      SYNC_KINDS.map((kind) => [kind, this.names.get(kind) ?? []]),
    ) as unknown as SyncSamples;
  }
}

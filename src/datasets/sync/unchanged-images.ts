import { untilAborted, type AppError } from '../../common/index.ts';
import type { ImageFetcher } from '../files/image-fetcher.port.ts';
import type { ImageStore } from '../files/image-store.port.ts';
import type { FileLocation, SourceImage } from '../sources/dataset-source.port.ts';
import { asksServer, urlLocation } from './picture-comparison.ts';
import { settledAttributes, type SourceLedger } from './source-ledger.ts';
import type { SourceItemRow } from './source-item.repository.ts';
import type { SyncTask } from './sync-task.ts';

export interface UnchangedImage {
  readonly source: SourceImage;
  readonly row: SourceItemRow;
  /** Why the image lacks an attribute. */
  readonly problem: AppError | undefined;
}

/** Images of a source, divided into those that have certainly not changed and all others. */
export interface SiftedImages {
  readonly unchanged: readonly UnchangedImage[];
  readonly others: readonly SourceImage[];
  /** What the source has brought before, by external id. */
  readonly rows: ReadonlyMap<string, SourceItemRow>;
}

interface Candidate extends UnchangedImage {
  /** The file to look at; undefined if nothing has to be. */
  readonly file: FileLocation | undefined;
}

/**
 * Finds the images of a source that need no closer look, which are nearly all of them most of the time. The source says of
 * such an image what it said last time, its file there has the same version, its stored file exists, and since the image was
 * last found to agree with the source, nobody has changed it.
 */
export class UnchangedImages {
  constructor(
    private readonly task: SyncTask,
    private readonly parts: {
      readonly fetcher: ImageFetcher;
      readonly store: ImageStore;
      readonly ledger: SourceLedger;
    },
  ) {}

  async sift(sources: readonly SourceImage[]): Promise<SiftedImages> {
    const rows = this.parts.ledger.find(sources.map(({ externalId }) => externalId));
    const others: SourceImage[] = [];
    const candidates: Candidate[] = [];
    for (const source of sources) {
      const row = rows.get(source.externalId);
      const candidate = row && this.candidateOf(source, row);
      if (candidate === undefined) others.push(source);
      else candidates.push(candidate);
    }
    const unchanged: UnchangedImage[] = [];
    const isThere = await untilAborted(this.look(candidates), this.task.signal);
    for (const [at, candidate] of candidates.entries()) {
      if (isThere[at]) unchanged.push(candidate);
      else others.push(candidate.source);
    }
    return { unchanged, others, rows };
  }

  /** Undefined if the image may have changed, as far as is known without looking at files. */
  private candidateOf(source: SourceImage, row: SourceItemRow): Candidate | undefined {
    const settled = settledAttributes(source, row, this.task.attributes);
    const [location] = source.locations;
    if (settled === undefined || location === undefined) return undefined;
    const { problem } = settled;
    const { compare } = this.task.options;
    if ('url' in location) {
      const there = urlLocation(source, row.place);
      const isSettled = there !== undefined && !asksServer(compare, there, row.version);
      return isSettled ? { source, row, problem, file: undefined } : undefined;
    }
    if (compare === 'CHECKSUM' || location.path !== row.place) return undefined;
    const isLookedAt = compare === 'METADATA';
    if (isLookedAt && row.version === null) return undefined;
    return { source, row, problem, file: isLookedAt ? location : undefined };
  }

  /** Whether the files of each image are as they were. */
  private async look(candidates: readonly Candidate[]): Promise<boolean[]> {
    const { fetcher, store } = this.parts;
    const looked = candidates.filter(({ file }) => file !== undefined);
    const [versions, stored] = await Promise.all([
      fetcher.versions(looked.map(({ file }) => file!)),
      // A preview does not mend anything.
      this.task.doing && store.hasEach(candidates.map(({ row }) => row.sha256)),
    ]);
    let at = 0;
    return candidates.map(({ file, row }, position) => {
      const hasChanged = file !== undefined && versions[at++] !== row.version;
      return !hasChanged && stored?.[position] !== false;
    });
  }
}

import type { SourceImage } from '../sources/dataset-source.port.ts';
import { urlLocation } from './picture-comparison.ts';
import type { KeptFailure } from './source-failure.repository.ts';
import type { SourceItemRow } from './source-item.repository.ts';
import type { SyncParts, SyncTask } from './sync-task.ts';

/**
 * Knows which images would fail as they did when they were last tried, because their pictures are the same. A run tries
 * an image again unless its bytes were looked at and refused, by the rules that hold now, and have not changed since. A
 * preview tries none, so whatever is as it was counts as failed.
 */
export class KnownFailures {
  private readonly rules: string;

  constructor(
    private readonly task: SyncTask,
    private readonly parts: Pick<SyncParts, 'fetcher' | 'intake' | 'ledger'>,
  ) {
    this.rules = parts.intake.rulesOf(task.check);
  }

  /** Those of the images that need not be tried, by external id. `rows`: what the source has brought of them. */
  async find(
    sources: readonly SourceImage[],
    rows: ReadonlyMap<string, SourceItemRow>,
  ): Promise<Map<string, KeptFailure>> {
    const { ledger } = this.parts;
    const kept = ledger.findFailures(sources.map(({ externalId }) => externalId));
    const found = new Map<string, KeptFailure>();
    if (kept.size === 0) return found;
    await Promise.all(
      sources.map(async (source) => {
        const failure = kept.get(source.externalId);
        if (failure === undefined) return;
        if (!(await this.wouldFail(source, failure, rows.get(source.externalId)))) return;
        ledger.seeFailure(failure);
        found.set(source.externalId, failure);
      }),
    );
    return found;
  }

  private async wouldFail(
    source: SourceImage,
    failure: KeptFailure,
    row: SourceItemRow | undefined,
  ): Promise<boolean> {
    const { doing, options } = this.task;
    const { place, version, judgedBy } = failure;
    if (judgedBy !== null && judgedBy !== this.rules) return false;
    // It was taken in the meantime, or the dataset has got it otherwise.
    if (row !== undefined && (row.place === null || (row.place === place && row.version === version)))
      return false;
    const isSettled = judgedBy !== null && version !== null && options.compare !== 'CHECKSUM';
    if (doing !== undefined && !isSettled) return false;
    return this.isUnchanged(source, failure);
  }

  private async isUnchanged(source: SourceImage, { place, version }: KeptFailure): Promise<boolean> {
    const [location] = source.locations;
    if (location === undefined) return place === null;
    if ('url' in location) {
      const there = urlLocation(source, place);
      return there !== undefined && (there.version ?? null) === version;
    }
    if (location.path !== place) return false;
    if (this.task.options.compare === 'PLACE') return true;
    return ((await this.parts.fetcher.version(location)) ?? null) === version;
  }
}

import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import { Semaphore, pagesAfter } from '../../common/index.ts';
import { JobHandler, JobKind, type JobRun } from '../../jobs/index.ts';
import { ImageRepository } from '../catalogue/image.repository.ts';
import { Transactions } from '../catalogue/transactions.ts';
import { imageFileDamaged, imageFileMissing } from '../datasets.errors.ts';
import { ImageStore } from '../files/image-store.port.ts';
import { FileCheckRepository } from './file-check.repository.ts';
import { FileHealer } from './file-healer.ts';

/** Images between two notes of what has been checked. */
const PAGE = 256;
/** How many notes one transaction deletes. */
const FORGOTTEN = 5_000;

type Outcome =
  | { readonly state: 'intact' | 'healed' }
  /** With why the file could not be fetched again. */
  | { readonly state: 'damaged' | 'missing'; readonly reason: string };

/**
 * Checks the files of all images of a dataset: each is read and its digest computed. A damaged or missing one is fetched
 * again from where it came from, and counts as done with a warning; if that is not possible, its images fail. A run
 * that is resumed does not read again what it has found intact.
 */
@Injectable()
export class VerifyFilesJob extends JobHandler {
  readonly kind = JobKind.VERIFY_FILES;
  private readonly slots = new Semaphore(availableParallelism());

  constructor(
    private readonly transactions: Transactions,
    private readonly images: ImageRepository,
    private readonly checks: FileCheckRepository,
    private readonly store: ImageStore,
    private readonly healer: FileHealer,
  ) {
    super();
  }

  async run(run: JobRun<unknown>): Promise<void> {
    const { datasetId, jobId, signal } = run;
    run.setTotal(await this.images.count(datasetId));
    const pages = pagesAfter({
      start: 0,
      list: (after) => this.images.listFiles(datasetId, { after, limit: PAGE }),
      keyOf: ({ id }) => id,
    });
    for await (const page of pages) {
      signal.throwIfAborted();
      const sha256s = [...new Set(page.map(({ sha256 }) => sha256))];
      const known = await this.checks.findChecked(datasetId, jobId, sha256s);
      const outcomes = new Map<string, Outcome>([...known].map((sha256) => [sha256, { state: 'intact' }]));
      const work = await Promise.allSettled(
        sha256s
          .filter((sha256) => !known.has(sha256))
          .map((sha256) => this.slots.run(() => this.verify(run, sha256, outcomes))),
      );
      const good = [...outcomes].filter(([, { state }]) => state === 'intact' || state === 'healed');
      await this.note(
        run,
        good.map(([sha256]) => sha256).filter((sha256) => !known.has(sha256)),
      );
      const failed = work.find((result) => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      await this.count(run, page, outcomes);
    }
    await this.forgetChecks(run);
  }

  private async forgetChecks({ datasetId, signal }: JobRun<unknown>): Promise<void> {
    for (let deleted = FORGOTTEN; deleted === FORGOTTEN;) {
      signal.throwIfAborted();
      deleted = await this.transactions.commitMakingRoom((transaction) =>
        this.checks.deleteSome(datasetId, FORGOTTEN, transaction),
      );
    }
  }

  private async verify(run: JobRun<unknown>, sha256: string, outcomes: Map<string, Outcome>): Promise<void> {
    run.signal.throwIfAborted();
    const state = await this.store.check(sha256);
    if (state === 'intact') {
      outcomes.set(sha256, { state });
      return;
    }
    const reason = await this.healer.heal(run.datasetId, sha256, run.signal);
    outcomes.set(sha256, reason === undefined ? { state: 'healed' } : { state, reason });
  }

  private async note({ datasetId, jobId }: JobRun<unknown>, sha256s: readonly string[]): Promise<void> {
    if (sha256s.length === 0) return;
    await this.transactions.commit((transaction) => this.checks.add(datasetId, jobId, sha256s, transaction));
  }

  private async count(
    run: JobRun<unknown>,
    page: readonly { readonly id: number; readonly sha256: string }[],
    outcomes: ReadonlyMap<string, Outcome>,
  ): Promise<void> {
    const lost = page.filter(({ sha256 }) => 'reason' in (outcomes.get(sha256) ?? {}));
    const images = await this.images.findByIds(lost.map(({ id }) => id));
    for (const { id, sha256 } of page) {
      const outcome = outcomes.get(sha256);
      if (outcome !== undefined && 'reason' in outcome) {
        const image = images.get(id);
        // It has been deleted, or replaced, in the meantime.
        if (image?.sha256 === sha256) {
          const problem = outcome.state === 'damaged' ? imageFileDamaged : imageFileMissing;
          const { code, message } = problem(sha256, outcome.reason);
          run.fail({ item: image.externalId, code, message });
          continue;
        }
      }
      if (outcome?.state === 'healed') run.warn();
      run.advance();
    }
  }
}

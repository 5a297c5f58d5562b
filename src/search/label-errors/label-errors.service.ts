import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { giveWay } from '../../common/index.ts';
import { DatasetsService, ImagesService } from '../../datasets/index.ts';
import { confidenceOf } from '../confidence/calibration-curve.ts';
import { LabelledNeighbours } from '../confidence/labelled-neighbours.ts';
import { IndexRepository, type DatasetIndex } from '../indexing/index.repository.ts';
import { datasetNotIndexed, labelErrorsUnavailable } from '../search.errors.ts';
import { assessLabel, byDoubt, LABEL_NEIGHBOURS, type LabelError } from './assess-label.ts';

/** Only the most doubtful are kept: nobody looks through more. */
export const MOST_LABEL_ERRORS = 10_000;
/** Images whose neighbours are in memory at a time. */
const BATCH = 200;
const KEPT_ANSWERS = 4;
/** What took longer is not done again at every change of a label, but … */
const LONG_MS = 2_000;
/** … once it is so old. Images whose labels have changed meanwhile are left out. */
const OLD_MS = 10 * 60_000;

export interface LabelErrorSearch {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

interface Answer {
  readonly indexId: number;
  /** The last change of the dataset before its images were looked at. */
  readonly change: number;
  readonly startedAt: number;
  readonly errors: Promise<LabelError[]>;
  done: number;
  total: number;
  tookMs?: number;
}

/** Finds images whose labels are probably wrong: their nearest neighbours in the index have others. */
@Injectable()
export class LabelErrors implements OnModuleDestroy {
  private readonly answers = new Map<number, Answer>();
  private readonly stop = new AbortController();

  constructor(
    private readonly datasets: DatasetsService,
    private readonly images: ImagesService,
    private readonly indexes: IndexRepository,
    private readonly neighbours: LabelledNeighbours,
  ) {}

  /**
   * Looks at every labelled image of the index that answers, and returns the most doubtful first, 10,000 at most.
   * Rejects with `DATASET_NOT_FOUND`, `DATASET_NOT_INDEXED`, as searches do, and with the reason of the signal.
   */
  async find(datasetId: number, { signal, onProgress }: LabelErrorSearch = {}): Promise<LabelError[]> {
    const index = await this.indexOf(datasetId);
    return this.search(index, signal, onProgress);
  }

  /**
   * The same for clients that cannot wait. If it takes longer than `patienceMs`, it rejects with
   * `LABEL_ERRORS_UNAVAILABLE` and continues in the background. What has been found is kept as long as nothing has
   * changed, or for ten minutes if it took long and no picture has changed; images that have other labels since then
   * are left out.
   */
  async findSoon(datasetId: number, patienceMs: number): Promise<LabelError[]> {
    const answer = await this.answerFor(await this.indexOf(datasetId));
    const timer = new AbortController();
    const patience = sleep(patienceMs, undefined, { signal: timer.signal }).catch(() => undefined);
    try {
      const errors = await Promise.race([answer.errors, patience]);
      if (errors === undefined) throw labelErrorsUnavailable(answer.done, answer.total);
      return await this.stillValid(datasetId, answer, errors);
    } finally {
      timer.abort();
    }
  }

  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await Promise.allSettled([...this.answers.values()].map(({ errors }) => errors));
  }

  private async indexOf(datasetId: number): Promise<DatasetIndex> {
    const { id, name } = await this.datasets.get(datasetId);
    const [index] = this.indexes.listReady([id]);
    if (index === undefined) throw datasetNotIndexed(name);
    return index;
  }

  private async answerFor(index: DatasetIndex): Promise<Answer> {
    const { datasetId } = index;
    const kept = this.answers.get(datasetId);
    if (kept?.indexId === index.id && (await this.isUsable(datasetId, kept))) return kept;
    const startedAt = performance.now();
    const answer: Answer = {
      indexId: index.id,
      change: await this.images.latestChange(datasetId),
      startedAt,
      done: 0,
      total: 0,
      errors: this.search(index, this.stop.signal, (done, total) => Object.assign(answer, { done, total })),
    };
    this.answers.delete(datasetId);
    this.answers.set(datasetId, answer);
    const [oldest] = this.answers.keys();
    if (this.answers.size > KEPT_ANSWERS && oldest !== undefined) this.answers.delete(oldest);
    answer.errors.then(
      () => (answer.tookMs = performance.now() - startedAt),
      // The callers receive the error; the next request tries again.
      () => this.answers.get(datasetId) === answer && this.answers.delete(datasetId),
    );
    return answer;
  }

  /** One that is under way is used even if something changes, or a growing dataset would never get an answer. */
  private async isUsable(datasetId: number, { change, startedAt, tookMs }: Answer): Promise<boolean> {
    if (tookMs === undefined || (await this.images.latestChange(datasetId)) === change) return true;
    const isOld = performance.now() - startedAt > OLD_MS;
    return tookMs > LONG_MS && !isOld && !(await this.images.hasPictureChangedAfter(datasetId, change));
  }

  private async stillValid(
    datasetId: number,
    { change }: Answer,
    errors: LabelError[],
  ): Promise<LabelError[]> {
    if ((await this.images.latestChange(datasetId)) === change) return errors;
    const labels = await this.images.labelKeysOf(errors.map(({ imageId }) => imageId));
    return errors.filter((error) => labels.get(error.imageId)?.join('\n') === error.labels.join('\n'));
  }

  private async search(
    index: DatasetIndex,
    signal?: AbortSignal,
    onProgress?: (done: number, total: number) => void,
  ): Promise<LabelError[]> {
    const { datasetId, calibration } = index;
    const sizes = new Map(
      (await this.datasets.labels(datasetId)).map(({ key, imageCount }) => [key, imageCount]),
    );
    const weightOf = (score: number) =>
      calibration === undefined ? 1 : confidenceOf(calibration.curve, score);
    const total = await this.images.count(datasetId);
    const found: LabelError[] = [];
    let done = 0;
    for await (const ids of this.images.idPages(datasetId, BATCH)) {
      signal?.throwIfAborted();
      for (const one of await this.neighbours.of(index, ids, { count: LABEL_NEIGHBOURS })) {
        const error = assessLabel(one, weightOf, (label) => sizes.get(label) ?? 0);
        if (error !== undefined) found.push(error);
      }
      if (found.length > 2 * MOST_LABEL_ERRORS) found.sort(byDoubt).splice(MOST_LABEL_ERRORS);
      done += ids.length;
      onProgress?.(Math.min(done, total), total);
      await giveWay();
    }
    return found.sort(byDoubt).slice(0, MOST_LABEL_ERRORS);
  }
}

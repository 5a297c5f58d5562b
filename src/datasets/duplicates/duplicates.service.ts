import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { workerUrl, pagesAfter } from '../../common/index.ts';
import type { Filter } from '../../filters/index.ts';
import { DatasetFiles, type DuplicateGroup } from './dataset-files.ts';
import { DuplicateDecisionRepository } from './duplicate-decision.repository.ts';
import { distanceOutOfRange, duplicatesUnavailable } from '../datasets.errors.ts';
import { DatasetsService } from '../catalogue/datasets.service.ts';
import { ImageRepository } from '../catalogue/image.repository.ts';
import type { Image } from '../catalogue/images.ts';
import { ImagesService } from '../catalogue/images.service.ts';
import { groupAroundLeaders, type HashColumns, type Leaders } from './near-duplicates.ts';
import { PerceptualHashes } from './perceptual-hashes.ts';
import { pairsOf } from './separation.ts';

export type { DuplicateGroup, DuplicateMember } from './dataset-files.ts';

/** Finds all re-encoded and scaled pictures that we measured, and no different ones; see perceptual-hash.ts. */
export const DEFAULT_DISTANCE = 8;
export const LARGEST_DISTANCE = 16;

/** The number of images that are read at a time. */
const PAGE = 1_000;
/** More hashes than this are compared in a worker thread. */
const COMPARED_HERE = 2_000;
/** The number of results that are kept until their dataset changes. */
const KEPT_ANSWERS = 8;

export interface DuplicatesQuery {
  readonly datasetId: number;
  /** Only images that this selects: the others are in no group. */
  readonly filter?: Filter;
  /** The maximum number of bits in which hashes may differ, 0 to 16. */
  readonly maxDistance?: number;
  /** Only images with identical bytes. No hashes are computed. */
  readonly exact?: boolean;
}

interface Selection {
  readonly datasetId: number;
  readonly filter: Filter | undefined;
  /** Null for identical bytes only. */
  readonly maxDistance: number | null;
}

interface Answer {
  /** The dataset's last change and the decisions before it was read. */
  readonly version: string;
  readonly groups: Promise<DuplicateGroup[]>;
  found: boolean;
  done: number;
  total: number;
}

/** Finds images of a dataset that are the same file or look the same. */
@Injectable()
export class DuplicatesService implements OnModuleDestroy {
  private readonly answers = new Map<string, Answer>();
  private readonly workers = new Set<Worker>();
  private stopped = false;

  constructor(
    private readonly datasets: DatasetsService,
    private readonly repository: ImageRepository,
    private readonly images: ImagesService,
    private readonly hashes: PerceptualHashes,
    private readonly decisions: DuplicateDecisionRepository,
  ) {}

  /**
   * Groups of duplicates, largest first. Every member is within the distance of its group's oldest
   * image. An image is in one group at most, and no group has two images about which something has been decided.
   *
   * The first call has to read every picture of the dataset. If that takes longer than `patienceMs`,
   * it rejects with `DUPLICATES_UNAVAILABLE` and the search continues in the background. Rejects with
   * `DISTANCE_OUT_OF_RANGE` and `DATASET_NOT_FOUND`.
   */
  async groups(
    query: DuplicatesQuery,
    {
      patienceMs,
      onProgress,
    }: { patienceMs?: number; onProgress?: (done: number, total: number) => void } = {},
  ): Promise<DuplicateGroup[]> {
    const { datasetId, filter, maxDistance = DEFAULT_DISTANCE, exact = false } = query;
    assertDistance(maxDistance);
    await this.datasets.get(datasetId);
    const selection = { datasetId, filter, maxDistance: exact ? null : maxDistance };
    const answer = await this.getAnswer(selection, onProgress);
    if (patienceMs === undefined) return answer.groups;
    const timer = new AbortController();
    const patience = sleep(patienceMs, undefined, { signal: timer.signal }).catch(() => undefined);
    try {
      const groups = await Promise.race([answer.groups, patience]);
      if (groups === undefined) throw duplicatesUnavailable(answer.done, answer.total);
      return groups;
    } finally {
      timer.abort();
    }
  }

  /**
   * For each of these images, the id of the first among them that it duplicates: its own id if no
   * earlier one has the same bytes or looks the same. Images that somebody has declared not to be duplicates
   * are not taken for such.
   */
  async firstsAmong(
    images: readonly Pick<Image, 'id' | 'sha256'>[],
    maxDistance = DEFAULT_DISTANCE,
  ): Promise<Map<number, number>> {
    const hashes = await this.hashes.hashesOf(images.map(({ sha256 }) => sha256));
    const different = await this.decisions.listNotDuplicates(images.map(({ id }) => id));
    const files = new DatasetFiles(pairsOf(different));
    for (const { id, firstId, sha256 } of withFirsts(images, new Map())) {
      files.add({ imageId: id, firstId, hash: hashes.get(sha256) });
    }
    return files.firsts(groupAroundLeaders(files.columns(), maxDistance).leader);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    await this.hashes.stop();
    await Promise.all([...this.workers].map((worker) => worker.terminate()));
    await Promise.allSettled([...this.answers.values()].map(({ groups }) => groups));
  }

  /**
   * The earlier result if nothing has changed since, or the search in progress. The latter is used even
   * if something changes in the meantime; otherwise a growing dataset would never get a result.
   */
  private async getAnswer(
    selection: Selection,
    onProgress?: (done: number, total: number) => void,
  ): Promise<Answer> {
    const { datasetId, filter } = selection;
    const key = JSON.stringify(selection);
    const change = await this.images.latestChange(datasetId);
    const version = `${change} ${await this.decisions.version(datasetId)}`;
    const isCurrent = (answer: Answer | undefined): answer is Answer =>
      answer !== undefined && (!answer.found || answer.version === version);
    const known = this.answers.get(key);
    if (isCurrent(known)) return known;
    const total = await this.images.count(datasetId, filter);
    // Somebody else may have asked the same meanwhile.
    const kept = this.answers.get(key);
    if (isCurrent(kept)) return kept;
    const answer: Answer = {
      version,
      found: false,
      done: 0,
      total,
      groups: this.findGroups(selection, (done) => {
        answer.done = done;
        onProgress?.(done, answer.total);
      }),
    };
    this.answers.delete(key);
    this.answers.set(key, answer);
    const [oldest] = this.answers.keys();
    if (this.answers.size > KEPT_ANSWERS && oldest !== undefined) this.answers.delete(oldest);
    answer.groups.then(
      () => (answer.found = true),
      // The callers receive the error; the next request tries again.
      () => this.answers.get(key) === answer && this.answers.delete(key),
    );
    return answer;
  }

  private async findGroups(
    { datasetId, filter, maxDistance }: Selection,
    onRead: (images: number) => void,
  ): Promise<DuplicateGroup[]> {
    const files = new DatasetFiles(pairsOf(await this.decisions.listPairs(datasetId)));
    const firsts = new Map<string, number>();
    let read = 0;
    const pages = pagesAfter({
      start: 0,
      list: async (after) =>
        filter === undefined
          ? this.repository.listFiles(datasetId, { after, limit: PAGE })
          : withFirsts(
              await this.repository.listSelectedFiles(datasetId, filter, { after, limit: PAGE }),
              firsts,
            ),
      keyOf: ({ id }) => id,
    });
    for await (const rows of pages) {
      if (this.stopped) throw new Error('The search for duplicates was stopped');
      const hashes =
        maxDistance === null
          ? new Map<string, never>()
          : await this.hashes.hashesOf(rows.map(({ sha256 }) => sha256));
      for (const { id, firstId, sha256 } of rows) {
        files.add({ imageId: id, firstId, hash: hashes.get(sha256) });
      }
      read += rows.length;
      onRead(read);
    }
    if (maxDistance === null) return files.groups([], []);
    const { leader, distance } = await this.compare(files.columns(), maxDistance);
    return files.groups(leader, distance);
  }

  private async compare(columns: HashColumns, maxDistance: number): Promise<Leaders> {
    if (columns.high.length <= COMPARED_HERE) return groupAroundLeaders(columns, maxDistance);
    const worker = new Worker(workerUrl(import.meta.url, './near-duplicates.worker'), {
      workerData: { columns, maxDistance },
    });
    this.workers.add(worker);
    try {
      return await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
        worker.once('exit', () => reject(new Error('The thread that compares hashes ended early')));
      });
    } finally {
      this.workers.delete(worker);
      await worker.terminate();
    }
  }
}

/** Adds to files the id of the first image with the same bytes, and to `firsts` what later pages need. */
function withFirsts(
  files: readonly { readonly id: number; readonly sha256: string }[],
  firsts: Map<string, number>,
): { readonly id: number; readonly firstId: number; readonly sha256: string }[] {
  return files.map(({ id, sha256 }) => {
    const firstId = firsts.get(sha256) ?? id;
    firsts.set(sha256, firstId);
    return { id, firstId, sha256 };
  });
}

function assertDistance(distance: number): void {
  if (!Number.isInteger(distance) || distance < 0 || distance > LARGEST_DISTANCE) {
    throw distanceOutOfRange(distance, LARGEST_DISTANCE);
  }
}

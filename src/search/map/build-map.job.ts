import { Injectable } from '@nestjs/common';
import { IdSample } from '../../common/index.ts';
import { DatasetsService, ImagesService } from '../../datasets/index.ts';
import { JobHandler, JobKind, JobStage, type JobRun } from '../../jobs/index.ts';
import { IndexRepository, type DatasetIndex } from '../indexing/index.repository.ts';
import { datasetNotIndexed } from '../search.errors.ts';
import { VectorIndex } from '../vector-index/vector-index.port.ts';
import { MapFiles } from './map-files.ts';
import { MapLayouts } from './map-layouts.port.ts';
import { MapRepository } from './map.repository.ts';

/** More images than this are sampled. */
export const MAP_IMAGES = 50_000;
const PAGE_IDS = 10_000;
const BATCH = 1_000;
/** The vectors from which it is learnt how to shorten all of them. */
const TRAINING = 2_048;
/** The share of the progress that reading the vectors is. */
const READING = 0.1;

/**
 * Places the images of a dataset's index on a map. If it is interrupted it begins again, which gives the same map
 * unless the index has changed. The dataset keeps its last map until the new one is complete.
 */
@Injectable()
export class BuildMapJob extends JobHandler<Record<string, never>> {
  readonly kind = JobKind.BUILD_MAP;

  constructor(
    private readonly datasets: DatasetsService,
    private readonly images: ImagesService,
    private readonly indexes: IndexRepository,
    private readonly vectorIndex: VectorIndex,
    private readonly layouts: MapLayouts,
    private readonly files: MapFiles,
    private readonly maps: MapRepository,
  ) {
    super();
  }

  async run(run: JobRun<Record<string, never>>): Promise<void> {
    const { datasetId, signal } = run;
    const dataset = await this.datasets.get(datasetId);
    const [index] = this.indexes.listReady([datasetId]);
    if (index === undefined) throw datasetNotIndexed(dataset.name);
    // The row may be a moment old; what is not on the map must be after its checkpoint.
    const { checkpoint } = await this.indexes.get(index.id);
    run.enterStage(JobStage.READING, READING);
    const asked = await this.sample(datasetId, signal);
    run.setTotal(asked.length);
    const indexed = await this.vectorIndex.count(index.name);

    const found: number[] = [];
    let isArranging = false;
    const layout = await this.layouts.layOut(
      await this.training(index, asked),
      this.batches(index, asked, found, (read) => {
        run.showShare(read / asked.length);
        showShare(run, asked.length, (read / asked.length) * READING);
      }),
      {
        dimension: index.model.dimension,
        signal,
        onProgress: (share) => {
          if (!isArranging) run.enterStage(JobStage.ARRANGING, 1);
          isArranging = true;
          showShare(run, asked.length, READING + share * (1 - READING));
        },
      },
    );
    signal.throwIfAborted();
    if (layout.count === 0) throw datasetNotIndexed(dataset.name);
    const { places, k, neighbours, similarities } = layout;
    const points = { ids: Uint32Array.from(found), places, k, neighbours, similarities };
    const file = await this.files.write(datasetId, points);
    try {
      await this.maps.put({
        datasetId,
        indexId: index.id,
        checkpoint,
        model: index.model,
        file,
        images: found.length,
        indexed: Math.max(indexed, found.length),
        builtAt: new Date(),
      });
    } catch (error) {
      // Nobody would look for a file that no row names.
      await this.files.remove(file);
      throw error;
    }
    await this.files.removeOthers(datasetId, file);
    showShare(run, asked.length, 1);
  }

  private async sample(datasetId: number, signal: AbortSignal): Promise<number[]> {
    const sample = new IdSample(MAP_IMAGES);
    for await (const ids of this.images.idPages(datasetId, PAGE_IDS)) {
      signal.throwIfAborted();
      for (const id of ids) sample.add(id);
    }
    return sample.ids();
  }

  private async training(
    { name, model: { dimension } }: DatasetIndex,
    ids: readonly number[],
  ): Promise<Float32Array<ArrayBuffer>> {
    const step = Math.max(1, ids.length / TRAINING);
    const chosen = Array.from(
      { length: Math.min(ids.length, TRAINING) },
      (_id, at) => ids[Math.floor(at * step)]!,
    );
    return matrixOf([...(await this.vectorIndex.vectors(name, chosen)).values()], dimension);
  }

  /** Reads vectors in order; `found` receives the ids of those that the index holds. */
  private async *batches(
    { name, model: { dimension } }: DatasetIndex,
    ids: readonly number[],
    found: number[],
    onRead: (read: number) => void,
  ): AsyncGenerator<Float32Array<ArrayBuffer>> {
    for (let start = 0; start < ids.length; start += BATCH) {
      const some = ids.slice(start, start + BATCH);
      const vectors = await this.vectorIndex.vectors(name, some);
      const present = some.filter((id) => vectors.has(id));
      found.push(...present);
      if (present.length > 0)
        yield matrixOf(
          present.map((id) => vectors.get(id)!),
          dimension,
        );
      onRead(start + some.length);
    }
  }
}

function matrixOf(vectors: readonly Float32Array[], dimension: number): Float32Array<ArrayBuffer> {
  const matrix = new Float32Array(vectors.length * dimension);
  vectors.forEach((vector, row) => matrix.set(vector, row * dimension));
  return matrix;
}

/** Counts images as done in proportion to the work, since all of them are finished at the same time. */
function showShare(run: JobRun<unknown>, images: number, share: number): void {
  const done = Math.floor(Math.min(1, share) * images);
  if (done > run.counts.done) run.advance(done - run.counts.done);
}

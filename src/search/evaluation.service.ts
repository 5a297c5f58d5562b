import { Injectable } from '@nestjs/common';
import { DatasetsService, ImagesService } from '../datasets/index.ts';
import { EmbeddingsService, type ModelIdentity } from '../embeddings/index.ts';
import { DatasetIndexes } from './dataset-indexes.ts';
import {
  averagePrecisionAtK,
  meanWithInterval,
  precisionAtK,
  quantile,
  type Interval,
} from './retrieval-metrics.ts';
import { datasetNotIndexed, noQueries } from './search.errors.ts';
import { SearchService } from './search.service.ts';
import type { QueryPicture } from './similar-images.ts';
import { VectorIndex } from './vector-index.port.ts';

/** A picture whose labels are known. */
export interface LabelledQuery {
  readonly labels: readonly string[];
  readonly picture: () => Promise<QueryPicture>;
}

/** How well a dataset's index answers queries. A hit is relevant where it shares a label with the query. */
export interface Evaluation {
  readonly queries: number;
  readonly k: number;
  readonly precisionAt1: Interval;
  readonly precisionAtK: Interval;
  readonly meanAveragePrecisionAtK: Interval;
  /** The share of the k nearest by exact comparison that the index finds: 0 to 1. */
  readonly recallAtK: number;
  /** Of a whole query, from the picture's bytes to the hits. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly model: ModelIdentity;
}

const PAGE = 1_000;

/** Measures search quality on pictures whose labels are known. */
@Injectable()
export class EvaluationService {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly images: ImagesService,
    private readonly embeddings: EmbeddingsService,
    private readonly indexes: DatasetIndexes,
    private readonly search: SearchService,
    private readonly vectorIndex: VectorIndex,
  ) {}

  /** Every image of the dataset, each searched among all the others. */
  async *leaveOneOut(datasetId: number): AsyncGenerator<LabelledQuery> {
    for await (const image of this.allImages(datasetId)) {
      yield { labels: image.labels, picture: async () => ({ imageId: image.id }) };
    }
  }

  /** Rejects with `NO_QUERIES`, and as `SearchService.similarImages` does. */
  async evaluate(
    datasetId: number,
    queries: AsyncIterable<LabelledQuery>,
    k: number,
    onProgress?: (done: number) => void,
  ): Promise<Evaluation> {
    const first: number[] = [];
    const precisions: number[] = [];
    const averages: number[] = [];
    const latencies: number[] = [];
    const answers: { vector: Float32Array; excludeId: number | undefined; found: number[] }[] = [];

    for await (const { labels, picture } of queries) {
      const by = await picture();
      const startedAt = performance.now();
      const { hits } = await this.search.similarImages({ by, datasetIds: [datasetId], k });
      latencies.push(performance.now() - startedAt);
      const relevances = hits.map(({ image }) => image.labels.some((label) => labels.includes(label)));
      first.push(precisionAtK(relevances, 1));
      precisions.push(precisionAtK(relevances, k));
      averages.push(averagePrecisionAtK(relevances, k));
      answers.push({
        vector: await this.search.vectorOf(by),
        excludeId: 'imageId' in by ? by.imageId : undefined,
        found: hits.map(({ image }) => image.id),
      });
      onProgress?.(latencies.length);
    }

    if (latencies.length === 0) throw noQueries();
    latencies.sort((a, b) => a - b);
    return {
      queries: latencies.length,
      k,
      precisionAt1: meanWithInterval(first),
      precisionAtK: meanWithInterval(precisions),
      meanAveragePrecisionAtK: meanWithInterval(averages),
      recallAtK: await this.recall(datasetId, answers, k),
      latencyMs: {
        p50: quantile(latencies, 0.5),
        p95: quantile(latencies, 0.95),
        p99: quantile(latencies, 0.99),
      },
      model: this.embeddings.identity,
    };
  }

  /** Compares what was found with the k nearest among all vectors of the index. */
  private async recall(
    datasetId: number,
    answers: readonly { vector: Float32Array; excludeId: number | undefined; found: number[] }[],
    k: number,
  ): Promise<number> {
    const index = await this.indexes.find(datasetId, this.embeddings.identity);
    if (index === undefined) throw datasetNotIndexed((await this.datasets.get(datasetId)).name);
    const nearest = answers.map((): { id: number; score: number }[] => []);
    for await (const vectors of this.allVectors(datasetId, index.name)) {
      answers.forEach(({ vector, excludeId }, query) => {
        const best = nearest[query] ?? [];
        for (const [id, candidate] of vectors) {
          if (id !== excludeId) best.push({ id, score: dot(vector, candidate) });
        }
        nearest[query] = best.sort((a, b) => b.score - a.score || a.id - b.id).slice(0, k);
      });
    }
    let right = 0;
    let wanted = 0;
    answers.forEach(({ found }, query) => {
      const exact = new Set(nearest[query]?.map(({ id }) => id));
      wanted += exact.size;
      right += found.filter((id) => exact.has(id)).length;
    });
    return wanted === 0 ? 1 : right / wanted;
  }

  private async *allVectors(datasetId: number, name: string): AsyncGenerator<Map<number, Float32Array>> {
    let ids: number[] = [];
    for await (const { id } of this.allImages(datasetId)) {
      ids.push(id);
      if (ids.length < PAGE) continue;
      yield this.vectorIndex.vectors(name, ids);
      ids = [];
    }
    if (ids.length > 0) yield this.vectorIndex.vectors(name, ids);
  }

  private async *allImages(datasetId: number) {
    for (let after = 0; ;) {
      const page = await this.images.list(datasetId, { after, limit: PAGE });
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      after = last.id;
    }
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

import { Injectable } from '@nestjs/common';
import { chunksFrom } from '../../common/index.ts';
import { DatasetsService, ImagesService, type Image } from '../../datasets/index.ts';
import {
  asksForLabels,
  Embedder,
  EmbeddingModels,
  Projections,
  type EmbeddingModel,
  type Learning,
  type ModelIdentity,
} from '../../embeddings/index.ts';
import { shareLabel } from '../confidence/labelled-neighbours.ts';
import { reliabilityOf, type Prediction, type Reliability } from '../confidence/reliability.ts';
import { IndexRepository } from '../indexing/index.repository.ts';
import { DatasetModels } from '../indexing/dataset-models.ts';
import {
  averagePrecisionAtK,
  meanWithInterval,
  precisionAtK,
  quantile,
  type Interval,
} from './retrieval-metrics.ts';
import { datasetNotIndexed, noQueries } from '../search.errors.ts';
import { SimilarImagesService } from '../query/similar-images.service.ts';
import { VectorIndex, type VectorEntry } from '../vector-index/vector-index.port.ts';

/** A picture to evaluate with: its bytes, or an image of the catalogue. */
type EvaluatedPicture = { readonly bytes: Uint8Array } | { readonly imageId: number };

/** A query picture whose labels are known. */
export interface LabelledQuery {
  readonly labels: readonly string[];
  readonly picture: () => Promise<EvaluatedPicture>;
}

/** How well an index answers queries. A hit is relevant if it shares a label with the query. */
export interface Evaluation {
  readonly queries: number;
  readonly k: number;
  readonly precisionAt1: Interval;
  readonly precisionAtK: Interval;
  readonly meanAveragePrecisionAtK: Interval;
  /** The share of the k true nearest neighbours that the index finds, 0 to 1. */
  readonly recallAtK: number;
  /**
   * How far the confidence of the hits that have labels can be taken at its word; null if the index has not been
   * calibrated. It was calibrated on images of its own, so that only other pictures show how it does with new ones.
   */
  readonly reliability: Reliability | null;
  /** The time that a query takes, from the bytes of the picture to the hits. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly model: ModelIdentity;
  /** What came of learning its projection from labels; null if the model does not ask for it. */
  readonly learning: Learning | null;
}

/** The evaluation of one of several models. */
export interface ModelEvaluation extends Evaluation {
  /** The model spec as it was given. */
  readonly spec: string;
  /** The size of a vector in bytes. */
  readonly vectorBytes: number;
  /** The median time from the bytes of a picture to its vector, one picture at a time, in milliseconds. */
  readonly medianEmbedMs: number;
  /** The approximate size of the index on disk, in bytes. */
  readonly indexBytes: number;
}

interface EvaluatedHit {
  readonly image: Image;
  readonly confidence: number | null;
}

interface Answer {
  readonly hits: readonly EvaluatedHit[];
  /** The vector of the query. */
  readonly vector: Float32Array;
  /** The time from the picture to the hits, in milliseconds. */
  readonly ms: number;
}

const PAGE = 1_000;
const SAMPLED_PAGE = 10_000;
/** The number of pictures whose embedding is timed. */
const TIMED = 50;

/** Measures search quality on pictures whose labels are known. */
@Injectable()
export class EvaluationService {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly images: ImagesService,
    private readonly embedder: Embedder,
    private readonly models: EmbeddingModels,
    private readonly datasetModels: DatasetModels,
    private readonly indexes: IndexRepository,
    private readonly search: SimilarImagesService,
    private readonly vectorIndex: VectorIndex,
    private readonly projections: Projections,
  ) {}

  /** Queries with every image of the dataset, each of which is searched among all the others. */
  async *leaveOneOut(datasetId: number): AsyncGenerator<LabelledQuery> {
    for await (const image of this.images.all(datasetId)) {
      yield { labels: image.labels, picture: async () => ({ imageId: image.id }) };
    }
  }

  /** Queries with `count` images that have labels, spread evenly over the dataset: always the same ones. */
  async *sample(datasetId: number, count: number, signal: AbortSignal): AsyncGenerator<LabelledQuery> {
    const ids: number[] = [];
    for await (const page of this.images.idPages(datasetId, SAMPLED_PAGE)) ids.push(...page);
    // Some of them have no labels.
    const step = Math.max(1, ids.length / (2 * count));
    let drawn = 0;
    for (let at = 0; at < ids.length && drawn < count; at += step) {
      signal.throwIfAborted();
      const image = await this.images.find(ids[Math.floor(at)]!);
      if (image === undefined || image.labels.length === 0) continue;
      drawn += 1;
      yield { labels: image.labels, picture: async () => ({ imageId: image.id }) };
    }
  }

  /** Evaluates the index that answers queries. Rejects with `NO_QUERIES`, or as `similarImages` does. */
  async evaluate(
    datasetId: number,
    queries: AsyncIterable<LabelledQuery>,
    k: number,
    onProgress?: (done: number) => void,
  ): Promise<Evaluation> {
    const [index] = this.indexes.listReady([datasetId]);
    if (index === undefined) throw datasetNotIndexed((await this.datasets.get(datasetId)).name);
    const ask = async (by: EvaluatedPicture): Promise<Answer> => {
      const startedAt = performance.now();
      const { hits } = await this.search.similarImages({ by, datasetIds: [datasetId], k });
      const ms = performance.now() - startedAt;
      const { vector } = await this.search.embedding(by, datasetId);
      return { hits, vector, ms };
    };
    return this.measure({ datasetId, name: index.name, model: index.model, k, ask }, queries, onProgress);
  }

  /**
   * Evaluates several models on the same images and queries. Each gets a temporary index of its own.
   *
   * Rejects as `evaluate` does, or with `MODEL_SPEC_INVALID` or `MODEL_UNKNOWN` before it starts.
   */
  async *compare(
    datasetId: number,
    queries: () => AsyncIterable<LabelledQuery>,
    k: number,
    specs: readonly string[],
    onProgress?: (spec: string, done: number) => void,
  ): AsyncGenerator<ModelEvaluation> {
    for (const spec of specs) this.models.checkSpec(spec);
    const dataset = await this.datasets.get(datasetId);
    for (const spec of specs) {
      const model = await this.datasetModels.modelForIndex(datasetId, { spec });
      const name = `compare-${dataset.id}-${model.identity.key}`.replaceAll('.', '-');
      // A killed comparison may have left an index behind.
      await this.vectorIndex.drop(name);
      await this.vectorIndex.create({ name, dimension: model.identity.dimension, model: model.identity.key });
      try {
        await this.vectorIndex.load(name, this.entries(datasetId, model));
        await this.vectorIndex.optimise(name);
        const ask = async (by: EvaluatedPicture): Promise<Answer> => {
          const startedAt = performance.now();
          const vector = await this.search.embedPicture(by, model);
          const { matches } = await this.vectorIndex.search(name, { vector, k, excludeId: excludedBy(by) });
          const images = await this.images.findByIds(matches.map(({ id }) => id));
          const hits = matches.flatMap(({ id }) => {
            const image = images.get(id);
            return image === undefined ? [] : [{ image, confidence: null }];
          });
          return { hits, vector, ms: performance.now() - startedAt };
        };
        const about = { datasetId, name, model: model.identity, k, ask };
        yield {
          spec,
          ...(await this.measure(about, queries(), (done) => onProgress?.(spec, done))),
          vectorBytes: model.identity.dimension * Float32Array.BYTES_PER_ELEMENT,
          medianEmbedMs: await this.measureMedianEmbedMs(queries(), model),
          indexBytes: await this.vectorIndex.sizeOf(name),
        };
      } finally {
        await this.vectorIndex.drop(name);
      }
    }
  }

  private async measure(
    about: {
      readonly datasetId: number;
      readonly name: string;
      readonly model: ModelIdentity;
      readonly k: number;
      readonly ask: (by: EvaluatedPicture) => Promise<Answer>;
    },
    queries: AsyncIterable<LabelledQuery>,
    onProgress?: (done: number) => void,
  ): Promise<Evaluation> {
    const { k } = about;
    const first: number[] = [];
    const precisions: number[] = [];
    const averages: number[] = [];
    const latencies: number[] = [];
    const predictions: Prediction[] = [];
    const answers: (Answer & { readonly excludeId: number | undefined })[] = [];
    for await (const { labels, picture } of queries) {
      const by = await picture();
      const answer = await about.ask(by);
      latencies.push(answer.ms);
      const relevances = answer.hits.map(({ image }) => shareLabel(image.labels, labels));
      answer.hits.forEach(({ image, confidence }, at) => {
        if (confidence === null || image.labels.length === 0) return;
        predictions.push({ confidence, sharesLabel: relevances[at]! });
      });
      first.push(precisionAtK(relevances, 1));
      precisions.push(precisionAtK(relevances, k));
      averages.push(averagePrecisionAtK(relevances, k));
      answers.push({ ...answer, excludeId: excludedBy(by) });
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
      recallAtK: await this.recall(about.datasetId, about.name, answers, k),
      reliability: predictions.length === 0 ? null : reliabilityOf(predictions),
      latencyMs: {
        p50: quantile(latencies, 0.5),
        p95: quantile(latencies, 0.95),
        p99: quantile(latencies, 0.99),
      },
      model: about.model,
      learning: await this.learningOf(about.datasetId, about.model),
    };
  }

  private async learningOf(datasetId: number, model: ModelIdentity): Promise<Learning | null> {
    const { projection } = model;
    if (projection === undefined || !asksForLabels(model)) return null;
    return (await this.projections.findFacts(datasetId, projection.digest))?.stats.learning ?? null;
  }

  private async measureMedianEmbedMs(
    queries: AsyncIterable<LabelledQuery>,
    model: EmbeddingModel,
  ): Promise<number> {
    const times: number[] = [];
    for await (const { picture } of queries) {
      const by = await picture();
      const bytes = 'bytes' in by ? by.bytes : await this.bytesOf(by.imageId);
      const startedAt = performance.now();
      await this.embedder.embed(bytes, { model, checked: 'imageId' in by });
      times.push(performance.now() - startedAt);
      if (times.length === TIMED) break;
    }
    return quantile(
      times.sort((a, b) => a - b),
      0.5,
    );
  }

  private async bytesOf(imageId: number): Promise<Buffer> {
    return this.images.readBytes((await this.images.get(imageId)).sha256);
  }

  private async *entries(datasetId: number, model: EmbeddingModel): AsyncGenerator<VectorEntry> {
    const items = this.itemsOf(datasetId);
    for await (const result of this.embedder.embedAll(items, { model })) {
      const { id, labels, externalId } = result.item.image;
      if ('vector' in result) yield { id, vector: result.vector, labels, externalId };
    }
  }

  private async *itemsOf(datasetId: number) {
    for await (const image of this.images.all(datasetId)) {
      yield { image, sha256: image.sha256, open: () => this.images.readBytes(image.sha256) };
    }
  }

  /** Compares the hits with the k nearest among all vectors of the index. */
  private async recall(
    datasetId: number,
    name: string,
    answers: readonly (Pick<Answer, 'hits' | 'vector'> & { readonly excludeId: number | undefined })[],
    k: number,
  ): Promise<number> {
    const nearest = answers.map((): { id: number; score: number }[] => []);
    for await (const vectors of this.allVectors(datasetId, name)) {
      answers.forEach(({ vector, excludeId }, query) => {
        const best = nearest[query]!;
        for (const [id, candidate] of vectors) {
          if (id !== excludeId) best.push({ id, score: dot(vector, candidate) });
        }
        nearest[query] = best.sort((a, b) => b.score - a.score || a.id - b.id).slice(0, k);
      });
    }
    let foundCount = 0;
    let wanted = 0;
    answers.forEach(({ hits }, query) => {
      const exact = new Set(nearest[query]!.map(({ id }) => id));
      wanted += exact.size;
      foundCount += hits.filter(({ image }) => exact.has(image.id)).length;
    });
    return wanted === 0 ? 1 : foundCount / wanted;
  }

  private async *allVectors(datasetId: number, name: string): AsyncGenerator<Map<number, Float32Array>> {
    for await (const some of chunksFrom(this.images.all(datasetId), PAGE)) {
      yield this.vectorIndex.vectors(
        name,
        some.map(({ id }) => id),
      );
    }
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i]! * b[i]!;
  return sum;
}

/** The image to leave out of the hits: the one that is searched with. */
function excludedBy(by: EvaluatedPicture): number | undefined {
  return 'imageId' in by ? by.imageId : undefined;
}

import { Injectable } from '@nestjs/common';
import type { Kysely, Selectable } from 'kysely';
import { Database } from '../../database/index.ts';
import { projectionMissing } from '../embeddings.errors.ts';
import type { EmbeddingsTables } from '../embeddings.tables.ts';
import type { EmbeddingModel } from '../models/embedding-model.ts';
import { fitAxes } from './fitting/fit-axes.ts';
import { heldOutFolds, type HeldOutFold, type HoldOutOptions } from './learning/held-out-folds.ts';
import { learnAxes, type LearnOptions } from './learning/learn-axes.ts';
import type { LabelledVector } from './learning/labelled-sample.ts';
import {
  isSupervised,
  Projection,
  type FittedAxes,
  type LabelSample,
  type ProjectionStats,
} from './projection.ts';

export interface FitRequest {
  readonly datasetId: number;
  /** Without a projection; its spec gives the dimension of the new one. */
  readonly model: EmbeddingModel;
  /** Under that model, of the pictures for which `isInFittingSample` holds. */
  readonly vectors: AsyncIterable<Float32Array> | Iterable<Float32Array>;
  readonly signal?: AbortSignal;
}

export interface LearnRequest
  extends Pick<FitRequest, 'datasetId' | 'model' | 'signal'>, Pick<LearnOptions, 'copiesOf' | 'judged'> {
  /** Like `FitRequest.vectors`, with the labels of each image. Read twice, with the same result. */
  readonly vectors: () => AsyncIterable<LabelledVector> | Iterable<LabelledVector>;
  /** Asked for once the vectors have been read, and kept with the fit. */
  readonly labelSample: () => LabelSample;
  /** Kept with the fit, to see later how much more feedback there is. */
  readonly feedbackCount?: number;
  /** The projection without labels to use if labels do not help. If omitted, the one that was just fitted. */
  readonly otherwise?: Projection;
}

/** A fit without its numbers. */
export interface ProjectionFacts {
  readonly version: number;
  readonly fittedAt: Date;
  readonly stats: ProjectionStats;
}

/** Fits projections on datasets and keeps them. */
@Injectable()
export class Projections {
  private readonly db: Kysely<EmbeddingsTables>;
  private readonly loaded = new Map<string, Projection>();

  constructor(private readonly database: Database) {
    this.db = database.tables<EmbeddingsTables>();
  }

  /**
   * Fits the projection of a dataset again and keeps it beside the earlier ones. If the result is the
   * same as that of an earlier fit, that fit is returned.
   *
   * Rejects with `PROJECTION_TOO_FEW`, with the signal's reason, and as the stream of vectors does.
   */
  async fitProjection({ datasetId, model, vectors, signal }: FitRequest): Promise<Projection> {
    const count = wantedDimension(model);
    const { dimension } = model.base.identity;
    return this.keepFit(datasetId, model, await fitAxes(vectors, { dimension, count, signal }));
  }

  /**
   * Like `fitProjection`, but learns from labels if that helps, as `learnAxes` does. What came of it is kept with the
   * projection, also if that is one without labels.
   */
  async learnProjection(request: LearnRequest): Promise<Projection> {
    const { datasetId, model, vectors, copiesOf, judged, otherwise, signal } = request;
    const count = wantedDimension(model);
    const { dimension } = model.base.identity;
    const fitted = await learnAxes(vectors, { dimension, count, copiesOf, judged, signal });
    const { labelSample, feedbackCount } = request;
    const learnt = { learning: fitted.stats.learning, labelSample: labelSample(), feedbackCount };
    const usesFit = fitted.stats.learning.stretch !== null || otherwise === undefined;
    const { mean, axes, stats } = usesFit ? fitted : otherwise;
    return this.keepFit(datasetId, model, { mean, axes, stats: { ...stats, ...learnt } });
  }

  /**
   * The images of a dataset in folds, each projected by a fit that has not seen the labels of the fold, as strong as
   * this projection. Scores of a held-out vector and another are like those of a new picture and a hit.
   */
  heldOutFolds(
    projection: Projection,
    vectors: AsyncIterable<LabelledVector> | Iterable<LabelledVector>,
    options: HoldOutOptions,
  ): AsyncGenerator<HeldOutFold> {
    return heldOutFolds(vectors, projection, options);
  }

  /**
   * The latest fit of a dataset for a model whose spec asks for a projection; undefined if there is none. If the spec
   * asks to learn from labels, it is the one that was last found to be the best, and undefined if none was tested.
   */
  async findLatestProjection(datasetId: number, model: EmbeddingModel): Promise<Projection | undefined> {
    const fits = await this.fitsOf(datasetId, model);
    const latest = model.spec.labels
      ? fits.findLast(({ stats }) => stats.learning !== undefined)
      : fits
          .filter(({ stats }) => !isSupervised(stats))
          .toSorted((a, b) => a.version - b.version)
          .at(-1);
    const projection = latest && (await this.findProjection(latest.digest));
    if (projection === undefined) return undefined;
    // Another dataset with the same fit has figures of its own.
    const { mean, axes } = projection;
    return new Projection({ mean, axes, stats: latest!.stats }, latest!.version, latest!.fittedAt);
  }

  /** What is known about the fit of a dataset with this digest; undefined if it has been dropped. */
  async findFacts(datasetId: number, digest: string): Promise<ProjectionFacts | undefined> {
    const row = await this.db
      .selectFrom('projections')
      .select(['version', 'fitted_at', 'stats'])
      .where('dataset_id', '=', datasetId)
      .where('digest', '=', digest)
      .executeTakeFirst();
    return row && { version: row.version, fittedAt: new Date(row.fitted_at), stats: statsOf(row) };
  }

  /**
   * The fit with this digest; undefined if it has been dropped. If several datasets have the same, its version and
   * figures are those of one of them: see `findFacts`.
   */
  async findProjection(digest: string): Promise<Projection | undefined> {
    const loaded = this.loaded.get(digest);
    if (loaded !== undefined) return loaded;
    const row = await this.db
      .selectFrom('projections')
      .selectAll()
      .where('digest', '=', digest)
      .executeTakeFirst();
    return row && this.fromRow(row);
  }

  /** The fit with this digest. Rejects with `PROJECTION_MISSING`, which names the model. */
  async getProjection(digest: string, model: string): Promise<Projection> {
    const projection = await this.findProjection(digest);
    if (projection === undefined) throw projectionMissing(model, digest);
    return projection;
  }

  /** Drops the fits of a dataset, except for those with these digests, to which indexes are bound. */
  async forgetProjections(datasetId: number, except: readonly string[] = []): Promise<void> {
    const rows = await this.db
      .selectFrom('projections')
      .select(['id', 'digest'])
      .where('dataset_id', '=', datasetId)
      .execute();
    for (const { id, digest } of rows) {
      if (except.includes(digest)) continue;
      const forgetting = this.db.deleteFrom('projections').where('id', '=', id);
      await this.database.makingRoom(() => forgetting.execute());
      this.loaded.delete(digest);
    }
  }

  private async keepFit(datasetId: number, model: EmbeddingModel, fitted: FittedAxes): Promise<Projection> {
    const fits = await this.fitsOf(datasetId, model);
    const version = Math.max(0, ...fits.map((fit) => fit.version)) + 1;
    const projection = new Projection(fitted, version, new Date());
    const same = fits.find(({ digest }) => digest === projection.digest);
    if (same !== undefined) return this.updateStats(same, fitted);
    await this.db
      .insertInto('projections')
      .values({
        dataset_id: datasetId,
        base: model.base.identity.key,
        spec: model.name,
        dimension: projection.dimension,
        version,
        digest: projection.digest,
        mean: toBytes(projection.mean),
        axes: toBytes(projection.axes),
        stats: JSON.stringify(projection.stats),
        fitted_at: projection.fittedAt.getTime(),
      })
      .execute();
    this.loaded.set(projection.digest, projection);
    return projection;
  }

  /** Keeps the latest outcome of learning from labels, if there is one, with a fit that came of it again. */
  private async updateStats(same: Fit, { mean, axes, stats }: FittedAxes): Promise<Projection> {
    const merged = { ...same.stats, ...stats };
    const updating = this.db.updateTable('projections').set({ stats: JSON.stringify(merged) });
    await updating.where('id', '=', same.id).execute();
    const projection = new Projection({ mean, axes, stats: merged }, same.version, same.fittedAt);
    this.loaded.set(projection.digest, projection);
    return projection;
  }

  /** The fits of a dataset without their numbers, in the order in which labels were last learnt from, if ever. */
  private async fitsOf(datasetId: number, model: EmbeddingModel): Promise<Fit[]> {
    const rows = await this.db
      .selectFrom('projections')
      .select(['id', 'version', 'digest', 'fitted_at', 'stats'])
      .where('dataset_id', '=', datasetId)
      .where('base', '=', model.base.identity.key)
      .where('dimension', '=', wantedDimension(model))
      .execute();
    const decidedAt = ({ stats }: Fit) => stats.learning?.decidedAt ?? 0;
    return rows
      .map((row) => ({ ...row, fittedAt: new Date(row.fitted_at), stats: statsOf(row) }))
      .sort((a, b) => decidedAt(a) - decidedAt(b) || a.version - b.version);
  }

  private fromRow(row: Selectable<EmbeddingsTables['projections']>): Projection {
    const loaded = this.loaded.get(row.digest);
    if (loaded !== undefined) return loaded;
    const fitted = { mean: toNumbers(row.mean), axes: toNumbers(row.axes), stats: statsOf(row) };
    const projection = new Projection(fitted, row.version, new Date(row.fitted_at));
    this.loaded.set(row.digest, projection);
    return projection;
  }
}

interface Fit extends ProjectionFacts {
  readonly id: number;
  readonly digest: string;
}

function statsOf({ stats }: Pick<Selectable<EmbeddingsTables['projections']>, 'stats'>): ProjectionStats {
  return JSON.parse(stats) as ProjectionStats;
}

function wantedDimension({ spec, name }: EmbeddingModel): number {
  if (spec.dimension === undefined) throw new Error(`The model ${name} has no projection`);
  return spec.dimension;
}

function toBytes(numbers: Float32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** Copies the bytes, since the driver's may not be aligned as floats have to be. */
function toNumbers(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

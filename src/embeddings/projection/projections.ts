import { Injectable } from '@nestjs/common';
import type { Kysely, Selectable } from 'kysely';
import { Database } from '../../database/index.ts';
import { projectionMissing } from '../embeddings.errors.ts';
import type { EmbeddingsTables } from '../embeddings.tables.ts';
import type { EmbeddingModel } from '../models/embedding-model.ts';
import { fitAxes } from './fit-axes.ts';
import { Projection, type FittedAxes, type ProjectionStats } from './projection.ts';

export interface FitRequest {
  readonly datasetId: number;
  /** Without a projection; its spec gives the dimension of the new one. */
  readonly model: EmbeddingModel;
  /** Under that model, of the pictures for which `isInFittingSample` holds. */
  readonly vectors: AsyncIterable<Float32Array> | Iterable<Float32Array>;
  readonly signal?: AbortSignal;
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

  /** The latest fit of a dataset for a model whose spec asks for a projection; undefined if there is none. */
  async findLatestProjection(datasetId: number, model: EmbeddingModel): Promise<Projection | undefined> {
    const row = await this.fitsOf(datasetId, model).orderBy('version', 'desc').executeTakeFirst();
    return row === undefined ? undefined : this.fromRow(row);
  }

  /** The fit with this digest; undefined if it has been dropped. */
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
    const fits = await this.fitsOf(datasetId, model).execute();
    const version = Math.max(0, ...fits.map((fit) => fit.version)) + 1;
    const projection = new Projection(fitted, version, new Date());
    const same = fits.find(({ digest }) => digest === projection.digest);
    if (same !== undefined) return this.fromRow(same);
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

  private fitsOf(datasetId: number, model: EmbeddingModel) {
    return this.db
      .selectFrom('projections')
      .selectAll()
      .where('dataset_id', '=', datasetId)
      .where('base', '=', model.base.identity.key)
      .where('dimension', '=', wantedDimension(model));
  }

  private fromRow(row: Selectable<EmbeddingsTables['projections']>): Projection {
    const loaded = this.loaded.get(row.digest);
    if (loaded !== undefined) return loaded;
    const stats = JSON.parse(row.stats) as ProjectionStats;
    const fitted = { mean: toNumbers(row.mean), axes: toNumbers(row.axes), stats };
    const projection = new Projection(fitted, row.version, new Date(row.fitted_at));
    this.loaded.set(row.digest, projection);
    return projection;
  }
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

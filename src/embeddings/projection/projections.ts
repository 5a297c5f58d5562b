import type { Kysely, Selectable } from 'kysely';
import type { Database } from '../../database/index.ts';
import type { EmbeddingModel } from '../models/embedding-model.ts';
import { projectionMissing } from '../embeddings.errors.ts';
import type { EmbeddingsTables } from '../embeddings.tables.ts';
import { fitProjection } from './fit-axes.ts';
import { Projection, type FittedAxes, type ProjectionStats } from './projection.ts';

export interface FitRequest {
  readonly datasetId: number;
  /** Without projection; its spec says how many numbers are wanted. */
  readonly model: EmbeddingModel;
  /** Of that model, of the pictures for which `isInFittingSample` holds. */
  readonly vectors: AsyncIterable<Float32Array> | Iterable<Float32Array>;
  readonly signal?: AbortSignal;
}

/** Fits projections on datasets and keeps them. */
export class Projections {
  private readonly db: Kysely<EmbeddingsTables>;
  private readonly loaded = new Map<string, Projection>();

  constructor(database: Database) {
    this.db = database.tables<EmbeddingsTables>();
  }

  /**
   * Fits the projection of a dataset anew and keeps it beside the former ones. A fit that comes out
   * the same is the former one.
   *
   * Rejects with `PROJECTION_TOO_FEW`, with the signal's reason, and as the stream of vectors does.
   */
  async fit({ datasetId, model, vectors, signal }: FitRequest): Promise<Projection> {
    const { dimension: count } = model.spec;
    if (count === undefined) throw new Error(`${model.name} has no projection`);
    const { dimension } = model.base.identity;
    return this.keep(datasetId, model, await fitProjection(vectors, { dimension, count, signal }));
  }

  /** The latest fit of a dataset and model. */
  async latest(datasetId: number, model: EmbeddingModel): Promise<Projection | undefined> {
    const row = await this.ofModel(datasetId, model).orderBy('version', 'desc').executeTakeFirst();
    return row === undefined ? undefined : this.fromRow(row);
  }

  /** The one that an identity names. Rejects with `PROJECTION_MISSING`. */
  async byDigest(digest: string, model: string): Promise<Projection> {
    const projection = await this.find(digest);
    if (projection === undefined) throw projectionMissing(model, digest);
    return projection;
  }

  async find(digest: string): Promise<Projection | undefined> {
    const loaded = this.loaded.get(digest);
    if (loaded !== undefined) return loaded;
    const row = await this.db
      .selectFrom('projections')
      .selectAll()
      .where('digest', '=', digest)
      .executeTakeFirst();
    return row && this.fromRow(row);
  }

  /** Drops the fits of a dataset, but for those with these digests, which indexes are still bound to. */
  async forget(datasetId: number, except: readonly string[] = []): Promise<void> {
    const rows = await this.db
      .selectFrom('projections')
      .select(['id', 'digest'])
      .where('dataset_id', '=', datasetId)
      .execute();
    for (const { id, digest } of rows) {
      if (except.includes(digest)) continue;
      await this.db.deleteFrom('projections').where('id', '=', id).execute();
      this.loaded.delete(digest);
    }
  }

  private async keep(datasetId: number, model: EmbeddingModel, fitted: FittedAxes): Promise<Projection> {
    const fits = await this.ofModel(datasetId, model).select(['version', 'digest']).execute();
    const version = Math.max(0, ...fits.map((fit) => fit.version)) + 1;
    const projection = new Projection(fitted, version, new Date());
    const same = fits.find(({ digest }) => digest === projection.digest);
    if (same !== undefined) return this.byDigest(same.digest, model.name);
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

  private ofModel(datasetId: number, { base, spec }: EmbeddingModel) {
    return this.db
      .selectFrom('projections')
      .selectAll()
      .where('dataset_id', '=', datasetId)
      .where('base', '=', base.identity.key)
      .where('dimension', '=', spec.dimension ?? 0);
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

function toBytes(numbers: Float32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** A copy, since the driver's bytes need not lie where a float may. */
function toNumbers(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

import type { Generated } from 'kysely';

/** Times are milliseconds since the epoch, vectors float32, little-endian. */
export interface EmbeddingsTables {
  /** What has been computed: a picture under a network is never run through it twice. */
  embeddings: {
    id: Generated<number>;
    /** Of the picture's file. */
    sha256: string;
    /** `NetworkIdentity.key` */
    model: string;
    /** Unit length. */
    vector: Uint8Array;
  };

  /** Fits of projections; each is kept for as long as an index may be bound to it. */
  projections: {
    id: Generated<number>;
    /** The dataset that it was fitted on. */
    dataset_id: number;
    /** `ModelIdentity.key` of the model whose vectors it shortens. */
    base: string;
    /** That model and the dimension as a spec, to be read by people. */
    spec: string;
    /** Of the projected vectors. */
    dimension: number;
    /** Counts the fits of a dataset, base and dimension. */
    version: number;
    /** `Projection.digest` */
    digest: string;
    mean: Uint8Array;
    /** Row by row. */
    axes: Uint8Array;
    /** `ProjectionStats` as JSON. */
    stats: string;
    fitted_at: number;
  };

  /** Which precision of a network new indexes are made with: chosen once. */
  precision_choices: {
    /** `id` in the manifest. */
    network: string;
    format: string;
    precision: string;
    /** Pictures a second by precision, as JSON; empty where an index made the choice. */
    rates: string;
    chosen_at: number;
  };

  /** How networks run on a machine, as measured. */
  session_plans: {
    /** The processor, its cores, and what the configuration fixed. */
    machine: string;
    /** `NetworkIdentity.key` */
    network: string;
    sessions: number;
    threads: number;
    batch: number;
    /** Pictures a second. */
    rate: number;
    measured_at: number;
  };
}

import type { Generated } from 'kysely';

/** Times are milliseconds since the epoch. Vectors are little-endian float32. */
export interface EmbeddingsTables {
  /** Computed embeddings: no picture is run through the same network twice. */
  embeddings: {
    id: Generated<number>;
    /** Of the picture's file. */
    sha256: string;
    /** `NetworkIdentity.key` */
    model: string;
    /** Of unit length. */
    vector: Uint8Array;
  };

  /** Fits of projections, each kept for as long as an index may be bound to it. */
  projections: {
    id: Generated<number>;
    /** The dataset on which it was fitted. */
    dataset_id: number;
    /** `ModelIdentity.key` of the model whose vectors it shortens. */
    base: string;
    /** That model and the dimension as a spec, for people who read the table. */
    spec: string;
    /** Length of the projected vectors. */
    dimension: number;
    /** Counts the fits of the same dataset, base and dimension. */
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

  /** Which precision of a network new indexes use, chosen once. */
  precision_choices: {
    /** `id` in the manifest. */
    network: string;
    format: string;
    precision: string;
    /** Pictures per second by precision, as JSON; empty if an existing index determined the choice. */
    rates: string;
    chosen_at: number;
  };

  /** How networks run best on a machine, as measured. */
  session_plans: {
    /** The processor, its cores, and what the configuration prescribed. */
    machine: string;
    /** `NetworkIdentity.key` */
    network: string;
    sessions: number;
    threads: number;
    batch: number;
    /** Pictures per second; 0 if the trial ended before it had measured this plan. */
    rate: number;
    measured_at: number;
  };
}

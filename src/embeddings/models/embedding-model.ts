import { modelIdentity, type ModelIdentity } from './model-identity.ts';
import { formatModelSpec, type ModelSpec } from './model-spec.ts';
import type { Network } from '../networks/network.ts';
import type { Projection } from '../projection/projection.ts';

/** What turns pictures into vectors: one network or several side by side, and perhaps a projection. */
export class EmbeddingModel {
  /** What it was made from; its `dimension` says that a projection is wanted, whether there is one yet or not. */
  readonly spec: ModelSpec;
  readonly networks: readonly Network[];
  /** Fitted on a dataset, and then part of the identity. */
  readonly projection: Projection | undefined;
  /** Of the vectors that it gives as it is: without the projection where there is none yet. */
  readonly identity: ModelIdentity;

  constructor(spec: ModelSpec, networks: readonly Network[], projection?: Projection) {
    this.spec = spec;
    this.networks = networks;
    this.projection = projection;
    this.identity = modelIdentity(
      networks.map((network) => network.identity),
      projection,
    );
  }

  /** The spec, spelt out. */
  get name(): string {
    return formatModelSpec(this.spec);
  }

  /** Whether the spec asks for a projection that has still to be fitted. */
  get lacksProjection(): boolean {
    return this.spec.dimension !== undefined && this.projection === undefined;
  }

  /** The same without projection: what a projection is fitted on. */
  get base(): EmbeddingModel {
    return this.projection === undefined ? this : new EmbeddingModel(this.spec, this.networks);
  }

  withProjection(projection: Projection): EmbeddingModel {
    return new EmbeddingModel(this.spec, this.networks, projection);
  }

  /** From the unit vectors of a picture under each network, in their order: a unit vector of `identity.dimension`. */
  combine(vectors: readonly Float32Array[]): Float32Array {
    const whole = sideBySide(vectors);
    return this.projection === undefined ? whole : this.projection.apply(whole);
  }
}

/** Each counts alike, however many numbers it has. */
function sideBySide(vectors: readonly Float32Array[]): Float32Array {
  const [first] = vectors;
  if (first !== undefined && vectors.length === 1) return first;
  const whole = new Float32Array(vectors.reduce((sum, { length }) => sum + length, 0));
  const scale = 1 / Math.sqrt(vectors.length);
  let at = 0;
  for (const vector of vectors) for (const value of vector) whole[at++] = value * scale;
  return whole;
}

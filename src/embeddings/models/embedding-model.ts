import { modelIdentity, type ModelIdentity } from './model-identity.ts';
import { formatModelSpec, type ModelSpec } from './model-spec.ts';
import type { Network } from '../networks/network.ts';
import type { Projection } from '../projection/projection.ts';

/** Turns pictures into vectors: one network or several side by side, optionally followed by a projection. */
export class EmbeddingModel {
  /** What was asked for. Its `dimension` asks for a projection, which may not have been fitted yet. */
  readonly spec: ModelSpec;
  readonly networks: readonly Network[];
  /** Fitted on a dataset and part of the identity. */
  readonly projection: Projection | undefined;
  /** Of the vectors that the model gives now, that is without a projection if none has been fitted. */
  readonly identity: ModelIdentity;
  /** The same model without its projection. Projections are fitted on its vectors. */
  readonly base: EmbeddingModel;
  private readonly projected = new WeakMap<Projection, EmbeddingModel>();

  constructor(spec: ModelSpec, networks: readonly Network[], projection?: Projection) {
    this.spec = spec;
    this.networks = networks;
    this.projection = projection;
    this.identity = modelIdentity(
      networks.map((network) => network.identity),
      projection,
      spec.labels,
    );
    this.base = projection === undefined ? this : new EmbeddingModel(spec, networks);
  }

  /** The spec in its canonical spelling. */
  get name(): string {
    return formatModelSpec(this.spec);
  }

  /** Whether the spec asks for a projection that has not been fitted yet. */
  get lacksProjection(): boolean {
    return this.spec.dimension !== undefined && this.projection === undefined;
  }

  withProjection(projection: Projection): EmbeddingModel {
    let model = this.projected.get(projection);
    if (model === undefined) {
      model = new EmbeddingModel(this.spec, this.networks, projection);
      this.projected.set(projection, model);
    }
    return model;
  }

  /** Loads the networks, which the first picture would otherwise have to wait for. Rejects as `Network.openNetwork` does. */
  async openNetworks(): Promise<void> {
    for (const network of this.networks) await network.openNetwork();
  }

  /** Combines the unit vectors of a picture under each network, in order, into one of length `identity.dimension`. */
  combine(vectors: readonly Float32Array[]): Float32Array {
    const whole = concatenated(vectors);
    return this.projection === undefined ? whole : this.projection.apply(whole);
  }

  /** The same for many pictures at once, which takes less time. */
  combineAll(pictures: readonly (readonly Float32Array[])[]): Float32Array[] {
    const whole = pictures.map(concatenated);
    return this.projection === undefined ? whole : this.projection.applyAll(whole);
  }
}

/** All vectors have the same weight, whatever their length. */
function concatenated(vectors: readonly Float32Array[]): Float32Array {
  const [first] = vectors;
  if (first !== undefined && vectors.length === 1) return first;
  const whole = new Float32Array(vectors.reduce((sum, { length }) => sum + length, 0));
  const scale = 1 / Math.sqrt(vectors.length);
  let at = 0;
  for (const vector of vectors) for (const value of vector) whole[at++] = value * scale;
  return whole;
}

import { modelChanged, modelNotLoaded, projectionTooLarge } from '../embeddings.errors.ts';
import { EmbeddingModel } from './embedding-model.ts';
import { isSameVariant, ModelCatalogue } from '../catalogue/model-catalogue.ts';
import { readModelFiles } from '../catalogue/model-files.ts';
import { networkIdentity, type ModelIdentity, type NetworkIdentity } from './model-identity.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import { formatModelSpec, parseModelSpec, type ModelSpec } from './model-spec.ts';
import { Networks } from '../networks/network-pool.ts';
import { PrecisionChoices } from '../networks/precision-choices.ts';
import { Projections } from '../projection/projections.ts';

/** Finds models: by what people write, and by what is stored with an index. */
export class EmbeddingModels {
  readonly catalogue: ModelCatalogue;
  private readonly networks: Networks;
  private readonly precisions: PrecisionChoices;
  private readonly projections: Projections;
  private readonly resolved = new Map<string, EmbeddingModel>();
  private readonly intact = new Set<string>();
  private readonly readFiles: (folder: string, manifest: ModelManifest) => Promise<unknown>;

  constructor(
    catalogue: ModelCatalogue,
    networks: Networks,
    precisions: PrecisionChoices,
    projections: Projections,
    /** Reads and checks what a network lies in. */
    readFiles: (folder: string, manifest: ModelManifest) => Promise<unknown> = readModelFiles,
  ) {
    this.catalogue = catalogue;
    this.networks = networks;
    this.precisions = precisions;
    this.projections = projections;
    this.readFiles = readFiles;
  }

  /** Reads a spec and checks it against the catalogue. Throws `MODEL_SPEC_INVALID` or `MODEL_UNKNOWN`. */
  check(text: string): ModelSpec {
    const spec = parseModelSpec(text);
    const dimension = spec.networks
      .map((network) => this.precisions.current(network).dimension)
      .reduce((a, b) => a + b);
    if (spec.dimension !== undefined && spec.dimension >= dimension)
      throw projectionTooLarge(text, dimension);
    return spec;
  }

  /** The model that a spec names now, without projection; a precision that has not been chosen yet may change. */
  current(spec: ModelSpec): EmbeddingModel {
    return this.make(
      spec,
      spec.networks.map((network) => this.precisions.current(network)),
    );
  }

  /** The model that a spec names, without projection, its precisions chosen for good. */
  async resolve(spec: ModelSpec): Promise<EmbeddingModel> {
    const manifests: ModelManifest[] = [];
    // One after the other: trials at the same time would disturb each other.
    for (const network of spec.networks) manifests.push(await this.precisions.decide(network));
    return this.make(spec, manifests);
  }

  /**
   * The model that an index is bound to, with its projection. Rejects with `MODEL_NOT_LOADED` where a
   * network is not installed any more, `MODEL_CHANGED` where it is another now, `PROJECTION_MISSING`.
   */
  async ofIdentity(identity: ModelIdentity): Promise<EmbeddingModel> {
    const manifests = identity.networks.map((network) => {
      const manifest = this.find(network);
      if (manifest === undefined) throw modelNotLoaded(network.key);
      return manifest;
    });
    const networks = identity.networks.map(({ model }) => ({ id: model }));
    if (identity.projection === undefined) return this.make({ networks }, manifests);
    const projection = await this.projections.byDigest(identity.projection.digest, identity.model);
    const base = this.make({ networks, dimension: identity.dimension }, manifests);
    return base.withProjection(projection);
  }

  /**
   * Holds what indexes were built with against what is installed, and fixes the precisions that they use.
   *
   * Rejects with `MODEL_CHANGED` where a network is another now under the same name, and with
   * `MODEL_FILE_MISSING` or `MODEL_FILE_DAMAGED` where its file is not what its manifest says. A network
   * that is not installed any more is let be: its indexes say so when they are used.
   */
  async checkStored(identities: readonly ModelIdentity[]): Promise<void> {
    const networks = identities.flatMap((identity) => identity.networks);
    const installed = networks.flatMap((network) => {
      const manifest = this.find(network);
      return manifest === undefined ? [] : [{ network, manifest }];
    });
    for (const { network, manifest } of installed) {
      await this.checkFile(manifest);
      await this.precisions.adopt(network);
    }
  }

  /** Rejects with `MODEL_FILE_MISSING` or `MODEL_FILE_DAMAGED`. */
  async checkFiles({ networks }: EmbeddingModel): Promise<void> {
    for (const { manifest } of networks) await this.checkFile(manifest);
  }

  private async checkFile(manifest: ModelManifest): Promise<void> {
    if (this.intact.has(manifest.sha256)) return;
    await this.readFiles(this.catalogue.folderOf(manifest), manifest);
    this.intact.add(manifest.sha256);
  }

  /** Undefined where it is not installed. Throws `MODEL_CHANGED`. */
  private find(stored: NetworkIdentity): ModelManifest | undefined {
    const { model: id, format, precision } = stored;
    const manifest = this.catalogue.models.find((model) => isSameVariant(model, { id, format, precision }));
    if (manifest === undefined) return undefined;
    const { digest } = networkIdentity(manifest);
    if (digest !== stored.digest)
      throw modelChanged(`${id} (${format}, ${precision})`, stored.digest, digest);
    return manifest;
  }

  private make(spec: ModelSpec, manifests: readonly ModelManifest[]): EmbeddingModel {
    const model = new EmbeddingModel(
      spec,
      manifests.map((manifest) => this.networks.of(manifest)),
    );
    const key = model.identity.key;
    const known = this.resolved.get(key);
    if (known !== undefined && formatModelSpec(known.spec) === model.name) return known;
    this.resolved.set(key, model);
    return model;
  }
}

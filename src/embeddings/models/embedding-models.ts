import { Injectable } from '@nestjs/common';
import { isSameVariant, ModelCatalogue } from '../catalogue/model-catalogue.ts';
import { ModelFileVerifier } from '../catalogue/model-file-verifier.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import { modelChanged, modelNotLoaded, projectionTooLarge } from '../embeddings.errors.ts';
import { NetworkPool } from '../networks/network-pool.ts';
import { PrecisionChoices } from '../networks/precision-choices.ts';
import { Projections } from '../projection/projections.ts';
import { EmbeddingModel } from './embedding-model.ts';
import {
  asksForLabels,
  networkIdentity,
  type ModelIdentity,
  type NetworkIdentity,
} from './model-identity.ts';
import { formatModelSpec, parseModelSpec, type ModelSpec } from './model-spec.ts';

/** Finds models, either by a spec that somebody wrote or by the identity stored with an index. */
@Injectable()
export class EmbeddingModels {
  /** By their specs and the keys of their networks. */
  private readonly resolved = new Map<string, EmbeddingModel>();

  constructor(
    private readonly catalogue: ModelCatalogue,
    private readonly files: ModelFileVerifier,
    private readonly networks: NetworkPool,
    private readonly precisions: PrecisionChoices,
    private readonly projections: Projections,
  ) {}

  /** Parses a spec and checks it, loading nothing. Throws `MODEL_SPEC_INVALID` or `MODEL_UNKNOWN`. */
  checkSpec(text: string): ModelSpec {
    const spec = parseModelSpec(text);
    const dimension = spec.networks
      .map((network) => this.precisions.currentVariant(network).dimension)
      .reduce((a, b) => a + b);
    if (spec.dimension !== undefined && spec.dimension >= dimension)
      throw projectionTooLarge(text, dimension);
    return spec;
  }

  /** The model of a spec as it stands, without a projection. Precisions that are still open may change. */
  currentModel(spec: ModelSpec): EmbeddingModel {
    return this.modelOf(
      spec,
      spec.networks.map((network) => this.precisions.currentVariant(network)),
    );
  }

  /**
   * The model of a spec, without a projection. If a precision is still open, a trial of half a second
   * settles it for good.
   */
  async resolveModel(spec: ModelSpec): Promise<EmbeddingModel> {
    const manifests: ModelManifest[] = [];
    // One after the other, as simultaneous trials would disturb each other.
    for (const network of spec.networks) manifests.push(await this.precisions.chooseVariant(network));
    return this.modelOf(spec, manifests);
  }

  /**
   * The model to which an index is bound, with its projection.
   *
   * Rejects with `MODEL_NOT_LOADED` if a network is no longer installed, with `MODEL_CHANGED` if a
   * different one is installed under its name, or with `PROJECTION_MISSING`.
   */
  async modelOfIdentity(identity: ModelIdentity): Promise<EmbeddingModel> {
    const manifests = identity.networks.map((network) => {
      const manifest = this.findInstalled(network);
      if (manifest === undefined) throw modelNotLoaded(network.key);
      return manifest;
    });
    const networks = identity.networks.map(({ model }) => ({ id: model }));
    if (identity.projection === undefined) return this.modelOf({ networks }, manifests);
    const projection = await this.projections.getProjection(identity.projection.digest, identity.model);
    const { dimension } = identity;
    const base = this.modelOf({ networks, dimension, labels: asksForLabels(identity) }, manifests);
    return base.withProjection(projection);
  }

  /**
   * Compares the identities of existing indexes with what is installed, and settles the precisions they
   * use. Networks that are no longer installed are ignored: their indexes report it when they are used.
   *
   * Rejects with `MODEL_CHANGED` if a different network is installed under the same name, and with
   * `MODEL_FILE_MISSING` or `MODEL_FILE_DAMAGED` if a file does not match its manifest.
   */
  async checkStoredIdentities(identities: readonly ModelIdentity[]): Promise<void> {
    for (const network of identities.flatMap((identity) => identity.networks)) {
      const manifest = this.findInstalled(network);
      if (manifest === undefined) continue;
      await this.files.verifyFiles(manifest);
      await this.precisions.adoptPrecision(network);
    }
  }

  /** Rejects with `MODEL_FILE_MISSING` or `MODEL_FILE_DAMAGED`. */
  async verifyModel({ networks }: EmbeddingModel): Promise<void> {
    for (const { manifest } of networks) await this.files.verifyFiles(manifest);
  }

  /** Reads which precisions were chosen by earlier runs. */
  async reloadPrecisions(): Promise<void> {
    await this.precisions.reloadChoices();
  }

  /** Undefined if it is not installed. Throws `MODEL_CHANGED`. */
  private findInstalled(stored: NetworkIdentity): ModelManifest | undefined {
    const { model: id, format, precision } = stored;
    const manifest = this.catalogue.models.find((model) => isSameVariant(model, { id, format, precision }));
    if (manifest === undefined) return undefined;
    const { digest } = networkIdentity(manifest);
    if (digest !== stored.digest)
      throw modelChanged(`${id} (${format}, ${precision})`, stored.digest, digest);
    return manifest;
  }

  private modelOf(spec: ModelSpec, manifests: readonly ModelManifest[]): EmbeddingModel {
    const keys = manifests.map((manifest) => networkIdentity(manifest).key);
    const name = [formatModelSpec(spec), ...keys].join(' ');
    let model = this.resolved.get(name);
    if (model === undefined) {
      model = new EmbeddingModel(
        spec,
        manifests.map((manifest) => this.networks.getNetwork(manifest)),
      );
      this.resolved.set(name, model);
    }
    return model;
  }
}

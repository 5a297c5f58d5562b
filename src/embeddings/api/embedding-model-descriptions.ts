import { Injectable } from '@nestjs/common';
import { ModelCatalogue } from '../catalogue/model-catalogue.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import { ConfiguredModel } from '../models/configured-model.ts';
import { EmbeddingModels } from '../models/embedding-models.ts';
import {
  asksForLabels,
  modelIdentity,
  networkIdentity,
  type ModelIdentity,
} from '../models/model-identity.ts';
import {
  findSpecName,
  formatModelSpec,
  NAMED_SPECS,
  parseModelSpec,
  type ModelSpec,
} from '../models/model-spec.ts';
import { globalId } from '../../common/index.ts';
import type { EmbeddingModelType, EmbeddingNetworkType } from './embedding-model.type.ts';

/** Describes models to clients. */
@Injectable()
export class EmbeddingModelDescriptions {
  /** Until another precision of the configured model is chosen, which decides which one is the default. */
  private described = new WeakMap<ModelIdentity, EmbeddingModelType>();
  private describedFor: ModelIdentity | undefined;

  constructor(
    private readonly catalogue: ModelCatalogue,
    private readonly models: EmbeddingModels,
    private readonly configured: ConfiguredModel,
  ) {}

  /** What a client can choose from: the models that have a name, the configured one, and all networks. */
  listModels(): EmbeddingModelType[] {
    const configured = formatModelSpec(this.configured.spec);
    const installed = new Set(this.catalogue.models.map(({ id }) => id));
    const composed = [...new Set([...Object.values(NAMED_SPECS), configured])]
      .map(parseModelSpec)
      .filter((spec) => isComposed(spec) && spec.networks.every(({ id }) => installed.has(id)))
      .map((spec) => this.describeSpec(spec));
    const networks = this.catalogue.models.map((manifest) =>
      this.describe(modelIdentity([networkIdentity(manifest)])),
    );
    return [...composed, ...networks];
  }

  /** What is known about a model, which may no longer be installed. */
  describe(identity: ModelIdentity): EmbeddingModelType {
    const configured = this.configured.model.identity;
    if (configured !== this.describedFor) {
      this.described = new WeakMap();
      this.describedFor = configured;
    }
    let description = this.described.get(identity);
    if (description === undefined) {
      description = this.compose(identity);
      this.described.set(identity, description);
    }
    return description;
  }

  private compose(identity: ModelIdentity): EmbeddingModelType {
    const networks = identity.networks.map((network) => this.describeNetwork(network));
    const only = networks.length === 1 ? networks[0] : undefined;
    const { model: spec, key, revision, precision, dimension } = identity;
    return {
      id: globalId('EmbeddingModel', key),
      spec,
      name: findSpecName(spec) ?? null,
      key,
      revision,
      precision,
      dimension,
      isDefault: this.isConfigured(identity),
      text: identity.networks.every((network) => this.manifestOf(network)?.text !== undefined),
      inputSize: only?.inputSize ?? null,
      licence: only?.licence ?? null,
      source: only?.source ?? null,
      sha256: only?.sha256 ?? null,
      networks,
    };
  }

  private describeSpec(spec: ModelSpec): EmbeddingModelType {
    const model = this.models.currentModel(spec);
    const dimension = spec.dimension ?? model.identity.dimension;
    return {
      ...this.describe(model.identity),
      // Until a projection is fitted, the key is that of the networks alone.
      id: globalId('EmbeddingModel', `${model.identity.key}@${dimension}`),
      spec: model.name,
      name: findSpecName(model.name) ?? null,
      dimension,
      isDefault: model.name === formatModelSpec(this.configured.spec),
    };
  }

  /** Undefined if the network is no longer installed. */
  private manifestOf({ key }: ModelIdentity['networks'][number]): ModelManifest | undefined {
    return this.catalogue.models.find((candidate) => networkIdentity(candidate).key === key);
  }

  private describeNetwork(network: ModelIdentity['networks'][number]): EmbeddingNetworkType {
    const { key } = network;
    const manifest = this.manifestOf(network);
    return {
      id: globalId('EmbeddingNetwork', key),
      name: network.model,
      key,
      revision: network.revision,
      precision: network.precision,
      format: network.format,
      dimension: network.dimension,
      inputSize: manifest?.preprocessing.crop ?? null,
      licence: manifest?.licence ?? null,
      source: manifest?.source ?? null,
      sha256: manifest?.sha256 ?? null,
    };
  }

  /** Whether the networks are those of the configured model, projected to as many numbers or not at all. */
  private isConfigured(described: ModelIdentity): boolean {
    const { networks, projection, dimension } = described;
    const { identity, spec } = this.configured.model;
    if (asksForLabels(described) !== spec.labels) return false;
    const keysOf = (all: ModelIdentity['networks']) => all.map(({ key }) => key).join();
    const projectedTo = projection === undefined ? undefined : dimension;
    return keysOf(networks) === keysOf(identity.networks) && projectedTo === spec.dimension;
  }
}

/** Whether the model is more than a single network. */
function isComposed({ networks, dimension }: ModelSpec): boolean {
  return networks.length > 1 || dimension !== undefined;
}

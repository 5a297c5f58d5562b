import type { EmbeddingModel } from '../models/embedding-model.ts';
import type { ModelCatalogue } from '../catalogue/model-catalogue.ts';
import { networkIdentity, type ModelIdentity } from '../models/model-identity.ts';
import { nameOfSpec } from '../models/model-spec.ts';
import type { EmbeddingModelModel, EmbeddingNetworkModel } from './embedding-model.type.ts';

/** What is known of a model and its networks, which need not be installed any more. */
export function describeModel(
  identity: ModelIdentity,
  catalogue: ModelCatalogue,
  configured: EmbeddingModel,
): EmbeddingModelModel {
  const networks = identity.networks.map(({ key, ...network }): EmbeddingNetworkModel => {
    const manifest = catalogue.models.find((candidate) => networkIdentity(candidate).key === key);
    return {
      id: network.model,
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
  });
  const only = networks.length === 1 ? networks[0] : undefined;
  const { model: id, key, revision, precision, dimension } = identity;
  const base = configured.identity;
  return {
    id,
    name: nameOfSpec(id),
    key,
    revision,
    precision,
    dimension,
    isDefault: sameNetworks(identity, base) && wantsProjection(identity) === (configured.spec.dimension ?? 0),
    inputSize: only?.inputSize ?? null,
    licence: only?.licence ?? null,
    source: only?.source ?? null,
    sha256: only?.sha256 ?? null,
    networks,
  };
}

function sameNetworks(a: ModelIdentity, b: ModelIdentity): boolean {
  return a.networks.map(({ key }) => key).join() === b.networks.map(({ key }) => key).join();
}

/** To how many numbers; 0 for none. */
function wantsProjection({ projection, dimension }: ModelIdentity): number {
  return projection === undefined ? 0 : dimension;
}

import { ImageLimitsConfig } from '../../src/config/index.ts';
import type { Database } from '../../src/database/index.ts';
import { ConfiguredModel } from '../../src/embeddings/configured-model.ts';
import { EmbeddingCache } from '../../src/embeddings/embedding-cache.ts';
import { EmbeddingsService } from '../../src/embeddings/embeddings.service.ts';
import { ModelCatalogue } from '../../src/embeddings/model-catalogue.ts';
import { modelIdentity } from '../../src/embeddings/model-identity.ts';
import { FakeFeatureExtractor, fakeManifest } from './fake.feature-extractor.ts';

/**
 * The real service over the fake network, for the tests of other apps. A `sha256` of the model file makes another
 * model identity.
 */
export function fakeEmbeddings(
  database: Database,
  options: { readonly extractor?: FakeFeatureExtractor; readonly sha256?: string } = {},
): EmbeddingsService {
  const manifest = { ...fakeManifest, sha256: options.sha256 ?? fakeManifest.sha256 };
  return new EmbeddingsService(
    ModelCatalogue.of({ models: [manifest] }),
    new ConfiguredModel(manifest),
    options.extractor ?? new FakeFeatureExtractor(),
    new EmbeddingCache(database, modelIdentity(manifest).key, manifest.dimension),
    new ImageLimitsConfig({ MAX_IMAGE_PIXELS: 50_000_000 }),
  );
}

import { ImageLimitsConfig } from '../../src/config/index.ts';
import type { Database } from '../../src/database/index.ts';
import { ConfiguredModel } from '../../src/embeddings/models/configured-model.ts';
import { EmbeddingModels } from '../../src/embeddings/models/embedding-models.ts';
import { EmbeddingsService } from '../../src/embeddings/pipeline/embedder.ts';
import type { FeatureExtractor } from '../../src/embeddings/networks/feature-extractor.port.ts';
import { FeatureExtractors } from '../../src/embeddings/networks/feature-extractors.ts';
import { ModelCatalogue } from '../../src/embeddings/catalogue/model-catalogue.ts';
import type { ModelManifest } from '../../src/embeddings/catalogue/model-manifest.ts';
import { parseModelSpec } from '../../src/embeddings/models/model-spec.ts';
import { Networks } from '../../src/embeddings/networks/network-pool.ts';
import { PrecisionChoices } from '../../src/embeddings/networks/precision-choices.ts';
import { Projections } from '../../src/embeddings/projection/projections.ts';
import { SessionPlans } from '../../src/embeddings/networks/session-plans.ts';
import { FakeFeatureExtractor, fakeManifest } from './fake.feature-extractor.ts';

export interface FakeEmbeddingsOptions {
  /** Of every network for which `extractors` has none. */
  readonly extractor?: FeatureExtractor;
  /** By the id of the network. */
  readonly extractors?: Readonly<Record<string, FeatureExtractor>>;
  /** Of the model file of the network `fake`: another one makes another identity. */
  readonly sha256?: string;
  /** Networks beside `fake`. */
  readonly others?: readonly ModelManifest[];
  /** The configured model; `fake` by default. */
  readonly model?: string;
  /** Pictures a second that a trial finds for each variant. */
  readonly measure?: (variants: readonly ModelManifest[]) => Promise<number[]>;
}

const quiet = { log: () => undefined, warn: () => undefined };

/** The real service over fake networks, for the tests of this and other apps. */
export function fakeEmbeddings(database: Database, options: FakeEmbeddingsOptions = {}): EmbeddingsService {
  const { extractors = {}, others = [] } = options;
  const manifest = { ...fakeManifest, sha256: options.sha256 ?? fakeManifest.sha256 };
  const extractor = options.extractor ?? new FakeFeatureExtractor();
  const catalogue = ModelCatalogue.of({ models: [manifest, ...others] });
  const makers = new FeatureExtractors(({ id }) => Promise.resolve(extractors[id] ?? extractor));
  const plans = new SessionPlans(database, makers, { sessions: 1, threads: 1, batch: 1 }, quiet);
  const networks = new Networks(catalogue, database, makers, plans);
  const measure = options.measure ?? ((variants) => Promise.resolve(variants.map(() => 1)));
  const settings = { formats: ['onnx'], precision: 'auto' } as const;
  const precisions = new PrecisionChoices(database, catalogue, settings, measure, quiet);
  const projections = new Projections(database);
  return new EmbeddingsService(
    database,
    // There are no files.
    new EmbeddingModels(catalogue, networks, precisions, projections, () => Promise.resolve()),
    networks,
    projections,
    new ConfiguredModel(parseModelSpec(options.model ?? 'fake')),
    new ImageLimitsConfig({ MAX_IMAGE_PIXELS: 50_000_000 }),
  );
}

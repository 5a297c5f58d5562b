import type { INestApplicationContext } from '@nestjs/common';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { ConfigModule, ImageLimitsConfig, loadConfig } from '../../src/config/index.ts';
import { Database, DatabaseConfig } from '../../src/database/index.ts';
import { ModelCatalogue } from '../../src/embeddings/catalogue/model-catalogue.ts';
import { ModelFileVerifier } from '../../src/embeddings/catalogue/model-file-verifier.ts';
import type { ModelManifest } from '../../src/embeddings/catalogue/model-manifest.ts';
import {
  ConfiguredModel,
  Embedder,
  EmbeddingModelDescriptions,
  EmbeddingModels,
  EmbeddingsConfig,
  EmbeddingsModule,
  EmbeddingStore,
  Projections,
} from '../../src/embeddings/index.ts';
import {
  FeatureExtractors,
  type FeatureExtractor,
} from '../../src/embeddings/networks/feature-extractor.port.ts';
import { FeatureMapSessions } from '../../src/embeddings/networks/feature-maps.port.ts';
import { FakeFeatureExtractor, fakeManifest } from './fake.feature-extractor.ts';
import { FakeFeatureMapSessions } from './fake.feature-maps.ts';

export interface FakeNetworks {
  /** Used for every network that `extractors` does not name. */
  readonly extractor?: FeatureExtractor;
  /** By the id of the network. */
  readonly extractors?: Readonly<Record<string, FeatureExtractor>>;
  /** Of the model file of the network `fake`. A different one makes a different identity. */
  readonly sha256?: string;
  /** Networks in addition to `fake`. */
  readonly others?: readonly ModelManifest[];
}

/** The configuration with its defaults, except for these settings. */
export function embeddingsConfig(settings: Partial<EmbeddingsConfig> = {}): EmbeddingsConfig {
  const defaults = loadConfig([EmbeddingsConfig], {}).get(EmbeddingsConfig) as EmbeddingsConfig;
  return { ...defaults, ...settings };
}

/** Settings under which the app uses the network `fake` and makes no trials. */
export const FAKE_MODEL = {
  EMBEDDING_MODEL: 'fake',
  EMBEDDING_SESSIONS: '1',
  EMBEDDING_THREADS: '1',
  EMBEDDING_BATCH: '1',
} as const;

/** Gives the embeddings app of a module under test fake networks, which have no files. */
export function withFakeNetworks(
  builder: TestingModuleBuilder,
  { extractor = new FakeFeatureExtractor(), extractors = {}, sha256, others = [] }: FakeNetworks = {},
): TestingModuleBuilder {
  const manifest = { ...fakeManifest, sha256: sha256 ?? fakeManifest.sha256 };
  return builder
    .overrideProvider(ModelCatalogue)
    .useValue(ModelCatalogue.of({ models: [manifest, ...others] }))
    .overrideProvider(ModelFileVerifier)
    .useValue({ verifyFiles: async () => undefined })
    .overrideProvider(FeatureMapSessions)
    .useValue(new FakeFeatureMapSessions())
    .overrideProvider(FeatureExtractors)
    .useValue({ makeExtractor: async ({ id }: ModelManifest) => extractors[id] ?? extractor });
}

/** The embeddings app over fake networks. */
export interface FakeEmbeddings {
  readonly configured: ConfiguredModel;
  readonly descriptions: EmbeddingModelDescriptions;
  readonly embedder: Embedder;
  readonly models: EmbeddingModels;
  readonly projections: Projections;
  readonly store: EmbeddingStore;
  /** Closes the networks, but not the database. */
  close(): Promise<void>;
}

/** Starts the embeddings app on a database that has its tables. `model`: the configured one, `fake` if omitted. */
export async function fakeEmbeddings(
  database: Database,
  { model = 'fake', ...networks }: FakeNetworks & { readonly model?: string } = {},
): Promise<FakeEmbeddings> {
  const environment = { ...FAKE_MODEL, EMBEDDING_MODEL: model, LOOKALIKE_DATA_DIR: database.dataDir };
  const builder = Test.createTestingModule({
    imports: [
      ConfigModule.forRoot([DatabaseConfig, ImageLimitsConfig, EmbeddingsConfig], environment),
      {
        module: class {},
        global: true,
        providers: [{ provide: Database, useValue: database }],
        exports: [Database],
      },
      EmbeddingsModule,
    ],
  });
  const app: INestApplicationContext = await withFakeNetworks(builder, networks).compile();
  await app.init();
  return {
    configured: app.get(ConfiguredModel),
    descriptions: app.get(EmbeddingModelDescriptions),
    embedder: app.get(Embedder),
    models: app.get(EmbeddingModels),
    projections: app.get(Projections),
    store: app.get(EmbeddingStore),
    close: () => app.close(),
  };
}

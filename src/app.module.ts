import { Module, type DynamicModule } from '@nestjs/common';
import { type AnyConfigSlice, ConfigModule, ImageLimitsConfig, UploadLimitsConfig } from './config/index.ts';
import { DatabaseConfig, DatabaseModule } from './database/index.ts';
import { DatasetsConfig, DatasetsModule, datasetsMigrations } from './datasets/index.ts';
import { DownloadsConfig, S3Config } from './downloads/index.ts';
import { EmbeddingsConfig, EmbeddingsModule, embeddingsMigrations } from './embeddings/index.ts';
import { HealthModule } from './health/index.ts';
import {
  graphqlModule,
  NodesModule,
  OperationQueueModule,
  OperationsConfig,
  QueryLimitsConfig,
  ServerConfig,
} from './http/index.ts';
import { JobsConfig, JobsModule, jobsMigrations } from './jobs/index.ts';
import { PagesConfig, PagesModule } from './pages/index.ts';
import {
  ClusterConfig,
  FeedbackConfig,
  QueryPicturesConfig,
  SearchConfig,
  SearchModule,
  searchMigrations,
} from './search/index.ts';
import { WebhooksConfig, WebhooksModule, webhooksMigrations } from './webhooks/index.ts';

/** Of the installed apps, in their order. */
export const MIGRATIONS = [
  jobsMigrations,
  datasetsMigrations,
  embeddingsMigrations,
  searchMigrations,
  webhooksMigrations,
];

/** All settings, in the order of the reference page. */
export const CONFIG_SLICES: readonly AnyConfigSlice[] = [
  ServerConfig,
  PagesConfig,
  QueryLimitsConfig,
  OperationsConfig,
  DatabaseConfig,
  DatasetsConfig,
  UploadLimitsConfig,
  ImageLimitsConfig,
  DownloadsConfig,
  S3Config,
  EmbeddingsConfig,
  QueryPicturesConfig,
  FeedbackConfig,
  SearchConfig,
  ClusterConfig,
  JobsConfig,
  WebhooksConfig,
];

/** The installed apps, on the ground they stand on. */
@Module({})
export class AppModule {
  static forRoot(environment: Readonly<Record<string, string | undefined>>): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(CONFIG_SLICES, environment),
        DatabaseModule.forRoot(MIGRATIONS),
        HealthModule,
        JobsModule,
        OperationQueueModule,
        graphqlModule,
        DatasetsModule,
        EmbeddingsModule,
        SearchModule,
        WebhooksModule,
        NodesModule,
        PagesModule.forRoot(),
      ],
    };
  }
}

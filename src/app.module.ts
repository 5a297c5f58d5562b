import { Module, type DynamicModule } from '@nestjs/common';
import { type AnyConfigSlice, ConfigModule, ImageLimitsConfig, UploadLimitsConfig } from './config/index.ts';
import { DatabaseConfig, DatabaseModule } from './database/index.ts';
import { DatasetsConfig, DatasetsModule, datasetsMigrations } from './datasets/index.ts';
import { DownloadsConfig } from './downloads/index.ts';
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
  QueryPicturesConfig,
  SearchConfig,
  SearchModule,
  searchMigrations,
} from './search/index.ts';

/** Of the installed apps, in their order. */
export const MIGRATIONS = [jobsMigrations, datasetsMigrations, embeddingsMigrations, searchMigrations];

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
  EmbeddingsConfig,
  QueryPicturesConfig,
  SearchConfig,
  ClusterConfig,
  JobsConfig,
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
        NodesModule,
        PagesModule.forRoot(),
      ],
    };
  }
}

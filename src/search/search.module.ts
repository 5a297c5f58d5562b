import { join } from 'node:path';
import {
  Logger,
  Module,
  type FactoryProvider,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { Database } from '../database/index.ts';
import { DatasetsModule } from '../datasets/index.ts';
import { DownloadsModule } from '../downloads/index.ts';
import { EmbeddingModels, EmbeddingsModule } from '../embeddings/index.ts';
import { HealthService } from '../health/index.ts';
import { JobHandlers, JobsModule } from '../jobs/index.ts';
import { BuildIndexJob } from './indexing/build-index.job.ts';
import { ClusterConfig } from './vector-index/cluster/cluster.config.ts';
import { DatasetFollower } from './indexing/index-updater.ts';
import { DatasetIndexDetailsResolver, DatasetIndexResolver } from './api/dataset-index.resolver.ts';
import { DatasetIndexes } from './indexing/dataset-indexes.ts';
import { DatasetModels } from './indexing/dataset-models.ts';
import { EvaluationService } from './evaluation/evaluation.service.ts';
import { IndexWriter } from './indexing/index-writer.ts';
import { IndexHealth } from './indexing/index-health.ts';
import { IndexOwnership } from './indexing/index-ownership.ts';
import { IndexRemoval } from './indexing/index-removal.ts';
import { SearchConfig } from './search.config.ts';
import { SearchResolver } from './api/search.resolver.ts';
import { SearchService } from './query/search.service.ts';
import { VectorIndex } from './vector-index/vector-index.port.ts';

/** Makes the configured vector index; only that one's code is loaded. */
const vectorIndexProvider: FactoryProvider<VectorIndex> = {
  provide: VectorIndex,
  inject: [SearchConfig, ClusterConfig, Database, IndexOwnership],
  useFactory: async (
    { VECTOR_INDEX }: SearchConfig,
    cluster: ClusterConfig,
    database: Database,
    indexOwnership: IndexOwnership,
  ) => {
    const logger = new Logger('VectorIndex');
    const ownership = {
      installation: await indexOwnership.installation(),
      proves: indexOwnership.proves.bind(indexOwnership),
    };
    switch (VECTOR_INDEX) {
      case 'embedded': {
        const { EmbeddedVectorIndex } = await import('./vector-index/embedded/embedded.vector-index.ts');
        return new EmbeddedVectorIndex(database, join(database.dataDir, 'indexes'), logger);
      }
      case 'elasticsearch': {
        const { makeElasticsearchIndex } = await import('./vector-index/cluster/make-cluster-index.ts');
        return makeElasticsearchIndex(cluster, ownership, logger);
      }
      case 'opensearch': {
        const { makeOpensearchIndex } = await import('./vector-index/cluster/make-cluster-index.ts');
        return makeOpensearchIndex(cluster, ownership, logger);
      }
    }
  },
};

@Module({
  imports: [DatasetsModule, DownloadsModule, EmbeddingsModule, JobsModule],
  providers: [
    BuildIndexJob,
    DatasetFollower,
    DatasetIndexDetailsResolver,
    DatasetIndexResolver,
    DatasetIndexes,
    DatasetModels,
    EvaluationService,
    IndexHealth,
    IndexOwnership,
    IndexRemoval,
    IndexWriter,
    SearchResolver,
    SearchService,
    vectorIndexProvider,
  ],
  exports: [EvaluationService, SearchService],
})
export class SearchModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly vectorIndex: VectorIndex,
    private readonly handlers: JobHandlers,
    private readonly buildIndex: BuildIndexJob,
    private readonly health: HealthService,
    private readonly indexHealth: IndexHealth,
    private readonly indexes: DatasetIndexes,
    private readonly models: EmbeddingModels,
  ) {}

  async onModuleInit(): Promise<void> {
    const indexes = await this.indexes.all();
    await this.models.checkStoredIdentities(indexes.map(({ model }) => model));
    this.handlers.register(this.buildIndex);
    this.health.register('vector index', () => this.indexHealth.check());
  }

  async onApplicationShutdown(): Promise<void> {
    await this.vectorIndex.close();
  }
}

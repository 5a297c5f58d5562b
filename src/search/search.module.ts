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
import { EmbeddingsModule, EmbeddingsService } from '../embeddings/index.ts';
import { HealthService } from '../health/index.ts';
import { JobHandlers, JobsModule } from '../jobs/index.ts';
import { BuildIndexJob } from './build-index.job.ts';
import { ClusterConfig } from './cluster.config.ts';
import { DatasetFollower } from './dataset-follower.ts';
import { DatasetIndexDetailsResolver, DatasetIndexResolver } from './dataset-index.resolver.ts';
import { DatasetIndexes } from './dataset-indexes.ts';
import { DatasetModels } from './dataset-models.ts';
import { EvaluationService } from './evaluation.service.ts';
import { IndexHealth } from './index-health.ts';
import { IndexOwnership } from './index-ownership.ts';
import { IndexRemoval } from './index-removal.ts';
import { IndexWriter } from './index-writer.ts';
import { SearchConfig } from './search.config.ts';
import { SearchResolver } from './search.resolver.ts';
import { SearchService } from './search.service.ts';
import { VectorIndex } from './vector-index.port.ts';

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
        const { EmbeddedVectorIndex } = await import('./adapters/embedded.vector-index.ts');
        return new EmbeddedVectorIndex(database, join(database.dataDir, 'indexes'), logger);
      }
      case 'elasticsearch': {
        const { makeElasticsearchIndex } = await import('./adapters/cluster/make-cluster-index.ts');
        return makeElasticsearchIndex(cluster, ownership, logger);
      }
      case 'opensearch': {
        const { makeOpensearchIndex } = await import('./adapters/cluster/make-cluster-index.ts');
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
    private readonly embeddings: EmbeddingsService,
  ) {}

  async onModuleInit(): Promise<void> {
    const indexes = await this.indexes.all();
    await this.embeddings.checkStored(indexes.map(({ model }) => model));
    this.handlers.register(this.buildIndex);
    this.health.register('vector index', () => this.indexHealth.check());
  }

  async onApplicationShutdown(): Promise<void> {
    await this.vectorIndex.close();
  }
}

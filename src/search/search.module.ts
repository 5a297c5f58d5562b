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
import { BuildMapJob } from './map/build-map.job.ts';
import { MapFiles } from './map/map-files.ts';
import { MapLayouts } from './map/map-layouts.port.ts';
import { MapRepository } from './map/map.repository.ts';
import { MapsService } from './map/maps.service.ts';
import { MapsController } from './api/map/maps.controller.ts';
import { DatasetMapDetailsResolver, DatasetMapResolver } from './api/map/dataset-map.resolver.ts';
import { ExplainedPictureResolver, ExplanationResolver } from './api/explanation/explanation.resolver.ts';
import { HeatMapsController } from './api/explanation/heat-maps.controller.ts';
import { ExplanationsService } from './explanation/explanations.service.ts';
import { HeatMaps } from './explanation/heat-maps.ts';
import { CalibrationPairs } from './confidence/calibration-pairs.ts';
import { IndexCalibrations } from './confidence/index-calibrations.ts';
import { LabelledNeighbours } from './confidence/labelled-neighbours.ts';
import { LabelErrorsResolver } from './api/evaluation/label-errors.resolver.ts';
import { LabelErrors } from './label-errors/label-errors.service.ts';
import { FeedbackResolver } from './api/feedback/feedback.resolver.ts';
import { FeedbackEvaluations } from './feedback/feedback-evaluation.ts';
import { FeedbackRepository } from './feedback/feedback.repository.ts';
import { JudgedVectors } from './feedback/judged-vectors.ts';
import { FeedbackService } from './feedback/feedback.service.ts';
import { ClusterConfig } from './vector-index/cluster/cluster.config.ts';
import { IndexUpdater } from './indexing/index-updater.ts';
import { DatasetIndexDetailsResolver, DatasetIndexResolver } from './api/indexing/dataset-index.resolver.ts';
import { IndexRepository } from './indexing/index.repository.ts';
import { DatasetModels } from './indexing/dataset-models.ts';
import { EvaluationService } from './evaluation/evaluation.service.ts';
import { IndexTurns } from './indexing/index-turns.ts';
import { ImageEmbedding } from './indexing/image-embedding.ts';
import { IndexContents } from './indexing/index-contents.ts';
import { IndexLoader } from './indexing/index-loader.ts';
import { IndexWriter } from './indexing/index-writer.ts';
import { WrittenChanges } from './indexing/written-changes.ts';
import { IndexesService } from './indexing/indexes.service.ts';
import { IndexHealth } from './indexing/index-health.ts';
import { IndexOwnership } from './indexing/index-ownership.ts';
import { IndexRemoval } from './indexing/index-removal.ts';
import { SearchConfig } from './search.config.ts';
import { IndexingResolver } from './api/indexing/indexing.resolver.ts';
import { EvaluationResolver } from './api/evaluation/evaluation.resolver.ts';
import { ImageFacetsResolver } from './api/query/image-facets.resolver.ts';
import { SearchRequests } from './api/query/search-requests.ts';
import { SimilarImagesResolver } from './api/query/similar-images.resolver.ts';
import { KeptSearches } from './query/kept-searches.ts';
import { NearestImages } from './query/nearest-images.ts';
import { PictureFiles } from './query-pictures/picture-files.port.ts';
import { QueryPictureRepository } from './query-pictures/query-picture.repository.ts';
import { QueryPictures } from './query-pictures/query-pictures.service.ts';
import { QueryPicturesController } from './api/query-pictures/query-pictures.controller.ts';
import { QueryPicturesResolver } from './api/query-pictures/query-pictures.resolver.ts';
import { ReadAhead } from './query/read-ahead.ts';
import { SearchFacets } from './query/search-facets.ts';
import { SearchPages } from './query/search-pages.ts';
import { SearchPictures } from './query/search-pictures.ts';
import { SearchScopes } from './query/search-scope.ts';
import { SimilarImagesService } from './query/similar-images.service.ts';
import { VectorIndex } from './vector-index/vector-index.port.ts';

/** Creates the configured vector index. The code of the others is not loaded. */
const vectorIndexProvider: FactoryProvider<VectorIndex> = {
  provide: VectorIndex,
  inject: [SearchConfig, ClusterConfig, Database, IndexRepository, IndexOwnership],
  useFactory: async (
    { VECTOR_INDEX }: SearchConfig,
    cluster: ClusterConfig,
    database: Database,
    indexes: IndexRepository,
    ownership: IndexOwnership,
  ) => {
    const logger = new Logger('VectorIndex');
    switch (VECTOR_INDEX) {
      case 'embedded': {
        const { EmbeddedVectorIndex } = await import('./vector-index/embedded/embedded.vector-index.ts');
        return new EmbeddedVectorIndex(database, join(database.dataDir, 'indexes'), logger);
      }
      case 'elasticsearch':
      case 'opensearch': {
        const clusters = await import('./vector-index/cluster/make-cluster-index.ts');
        const installation = await indexes.installationId();
        const proof = { installation, proves: ownership.proves.bind(ownership) };
        return VECTOR_INDEX === 'elasticsearch'
          ? clusters.makeElasticsearchIndex(cluster, proof, logger)
          : clusters.makeOpensearchIndex(cluster, proof, logger);
      }
    }
  },
};

const pictureFilesProvider: FactoryProvider<PictureFiles> = {
  provide: PictureFiles,
  inject: [Database],
  useFactory: async (database: Database) => {
    const { FilesystemPictureFiles } = await import('./query-pictures/filesystem.picture-files.ts');
    return new FilesystemPictureFiles(join(database.dataDir, 'query-pictures'));
  },
};

const mapLayoutsProvider: FactoryProvider<MapLayouts> = {
  provide: MapLayouts,
  useFactory: async () => {
    const { UmapLayouts } = await import('./map/layout/umap.map-layouts.ts');
    return new UmapLayouts();
  },
};

@Module({
  controllers: [HeatMapsController, MapsController, QueryPicturesController],
  imports: [DatasetsModule, DownloadsModule, EmbeddingsModule, JobsModule],
  providers: [
    BuildIndexJob,
    BuildMapJob,
    CalibrationPairs,
    DatasetMapDetailsResolver,
    DatasetMapResolver,
    IndexUpdater,
    DatasetIndexDetailsResolver,
    DatasetIndexResolver,
    IndexRepository,
    DatasetModels,
    EvaluationResolver,
    EvaluationService,
    ExplainedPictureResolver,
    ExplanationResolver,
    ExplanationsService,
    HeatMaps,
    FeedbackEvaluations,
    FeedbackRepository,
    FeedbackResolver,
    FeedbackService,
    JudgedVectors,
    ImageFacetsResolver,
    IndexCalibrations,
    IndexHealth,
    IndexOwnership,
    IndexRemoval,
    IndexTurns,
    ImageEmbedding,
    IndexContents,
    IndexLoader,
    IndexWriter,
    WrittenChanges,
    IndexesService,
    KeptSearches,
    LabelErrors,
    LabelErrorsResolver,
    LabelledNeighbours,
    MapFiles,
    mapLayoutsProvider,
    MapRepository,
    MapsService,
    NearestImages,
    pictureFilesProvider,
    QueryPictureRepository,
    QueryPictures,
    QueryPicturesResolver,
    ReadAhead,
    SearchFacets,
    SearchPages,
    SearchPictures,
    IndexingResolver,
    SearchRequests,
    SimilarImagesResolver,
    SearchScopes,
    SimilarImagesService,
    vectorIndexProvider,
  ],
  exports: [
    EvaluationService,
    ExplanationsService,
    IndexesService,
    FeedbackEvaluations,
    FeedbackService,
    LabelErrors,
    MapsService,
    QueryPictures,
    SimilarImagesService,
  ],
})
export class SearchModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly vectorIndex: VectorIndex,
    private readonly handlers: JobHandlers,
    private readonly buildIndex: BuildIndexJob,
    private readonly buildMap: BuildMapJob,
    private readonly health: HealthService,
    private readonly indexHealth: IndexHealth,
    private readonly indexes: IndexRepository,
    private readonly models: EmbeddingModels,
  ) {}

  async onModuleInit(): Promise<void> {
    const indexes = await this.indexes.listAll();
    await this.models.checkStoredIdentities(indexes.map(({ model }) => model));
    this.handlers.register(this.buildIndex);
    this.handlers.register(this.buildMap);
    this.health.register('vector index', () => this.indexHealth.assertHealthy());
  }

  async onApplicationShutdown(): Promise<void> {
    await this.vectorIndex.close();
  }
}

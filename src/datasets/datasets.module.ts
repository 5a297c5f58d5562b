import { join } from 'node:path';
import { Module, type OnApplicationBootstrap, type OnModuleInit, type FactoryProvider } from '@nestjs/common';
import { ImageLimitsConfig } from '../config/index.ts';
import { Database } from '../database/index.ts';
import { JobHandlers, JobsModule } from '../jobs/index.ts';
import { CommonValuesResolver, DatasetAttributesResolver } from './api/attributes/attributes.resolver.ts';
import { AttributeRepository } from './attributes/attribute.repository.ts';
import { AnnotationDownloads } from './import/annotation-downloads.ts';
import { AnnotationUploads } from './import/annotation-uploads.ts';
import { DatasetEvents } from './catalogue/dataset-events.ts';
import { DatasetSources } from './sources/dataset-sources.port.ts';
import { DatasetsConfig } from './datasets.config.ts';
import { DatasetsResolver } from './api/datasets/datasets.resolver.ts';
import { DatasetsService } from './catalogue/datasets.service.ts';
import { DownloadsModule, S3Objects } from '../downloads/index.ts';
import { DownloadRepository } from './ledger/download.repository.ts';
import { DownloadsController } from './api/downloads/downloads.controller.ts';
import { DownloadsResolver } from './api/downloads/downloads.resolver.ts';
import { DownloadsService } from './ledger/downloads.service.ts';
import { PlaceholderSweep } from './import/placeholder-sweep.ts';
import { DeleteDatasetJob } from './deletion/delete-dataset.job.ts';
import { DuplicateDecisionRepository } from './duplicates/duplicate-decision.repository.ts';
import { DuplicateDecisions } from './duplicates/duplicate-decisions.service.ts';
import { DuplicateDecisionsResolver } from './api/duplicates/duplicate-decisions.resolver.ts';
import { DuplicatesResolver } from './api/duplicates/duplicates.resolver.ts';
import { DuplicatesService } from './duplicates/duplicates.service.ts';
import { FacetRepository } from './filtering/facet.repository.ts';
import { ImageFilters } from './filtering/image-filters.ts';
import { ImageSelection } from './filtering/image-selection.repository.ts';
import { ImageCheck } from './import/image-check.port.ts';
import { ImageFetcher } from './files/image-fetcher.port.ts';
import { ImageIntake } from './import/image-intake.ts';
import { ImagePut } from './catalogue/image-put.ts';
import { ImageUpdates } from './catalogue/image-updates.ts';
import { ImageRemover } from './deletion/image-remover.ts';
import { ImageStore } from './files/image-store.port.ts';
import { ImageWriter } from './catalogue/image-writer.ts';
import { ImagesController } from './api/images/images.controller.ts';
import { ImageEditsResolver } from './api/editing/image-edits.resolver.ts';
import { PictureDownload } from './files/picture-download.ts';
import { ImagesResolver } from './api/images/images.resolver.ts';
import { ImagesService } from './catalogue/images.service.ts';
import { ImportDatasetJob } from './import/import-dataset.job.ts';
import { ImportPreviews } from './import/import-previews.service.ts';
import { ImportPaths } from './import/import-paths.ts';
import { JobDownloadsResolver } from './api/downloads/job-downloads.resolver.ts';
import { JobEndingsResolver } from './api/datasets/job-endings.resolver.ts';
import { LabelLoader } from './api/labels/label-loader.ts';
import { LabelsResolver } from './api/labels/labels.resolver.ts';
import { PictureRelations } from './duplicates/picture-relations.ts';
import { PerceptualHashes } from './duplicates/perceptual-hashes.ts';
import { ThumbnailCache } from './files/thumbnail-cache.port.ts';
import { DatasetRepository } from './catalogue/dataset.repository.ts';
import { DiscardedFileRepository } from './deletion/discarded-file.repository.ts';
import { ImageChangeRepository } from './catalogue/image-change.repository.ts';
import { ImageRepository } from './catalogue/image.repository.ts';
import { LabelRepository } from './catalogue/label.repository.ts';
import { Transactions } from './catalogue/transactions.ts';
import { ImageHashRepository } from './duplicates/image-hash.repository.ts';
import { ImportRuns } from './import/import-runs.ts';
import { ImportsService } from './import/imports.service.ts';
import { OpenedSources } from './import/opened-sources.ts';
import { RequestedSources } from './import/requested-sources.ts';
import { RecordedDownloader } from './ledger/recorded-downloader.ts';
import { StageRepository } from './stages/stage.repository.ts';
import { Stages } from './stages/stages.service.ts';
import { StagesResolver } from './api/imports/stages.resolver.ts';
import { ThumbnailsService } from './files/thumbnails.service.ts';
import { KeptSourceRepository } from './kept-sources/kept-source.repository.ts';
import { KeptSources } from './kept-sources/kept-sources.service.ts';
import { SourceScheduler } from './kept-sources/source-scheduler.ts';
import { PathWatcher } from './kept-sources/path-watcher.port.ts';
import { SourceWatches } from './kept-sources/source-watches.ts';
import { SourcesResolver } from './api/sources/sources.resolver.ts';
import { SyncResultResolver } from './api/sources/sync-result.resolver.ts';
import { SourceFailureRepository } from './sync/source-failure.repository.ts';
import { SourceItemRepository } from './sync/source-item.repository.ts';
import { SyncRuns } from './sync/sync-runs.ts';
import { FileCheckRepository } from './verification/file-check.repository.ts';
import { FileHealer } from './verification/file-healer.ts';
import { VerifyFilesJob } from './verification/verify-files.job.ts';

/**
 * The adapters behind this app's ports, each loaded when it is created. They stand outside the decorator
 * because TypeScript does not rewrite the `.ts` of an `import()` inside one.
 */
const adapters: FactoryProvider[] = [
  {
    provide: DatasetSources,
    inject: [DownloadRepository, S3Objects, AnnotationUploads],
    useFactory: async (
      ledger: DownloadRepository,
      objects: S3Objects,
      { temporaryFolder }: AnnotationUploads,
    ) => {
      const { AllDatasetSources } = await import('./sources/dataset-sources.ts');
      return new AllDatasetSources(ledger, objects, temporaryFolder);
    },
  },
  {
    provide: ImageCheck,
    inject: [ImageLimitsConfig],
    useFactory: async (limits: ImageLimitsConfig) => {
      const { SharpImageCheck } = await import('./import/sharp.image-check.ts');
      return new SharpImageCheck({ maxPixels: limits.MAX_IMAGE_PIXELS });
    },
  },
  {
    provide: ImageFetcher,
    inject: [DatasetsConfig],
    useFactory: async (config: DatasetsConfig) => {
      const { FilesystemImageFetcher } = await import('./files/filesystem.image-fetcher.ts');
      return new FilesystemImageFetcher(config.MAX_IMPORT_FILE_BYTES);
    },
  },
  {
    provide: ImageStore,
    inject: [Database],
    useFactory: async (database: Database) => {
      const { FilesystemImageStore } = await import('./files/filesystem.image-store.ts');
      return new FilesystemImageStore(join(database.dataDir, 'images'));
    },
  },
  {
    provide: PathWatcher,
    useFactory: async () => {
      const { ChokidarPathWatcher } = await import('./kept-sources/chokidar.path-watcher.ts');
      return new ChokidarPathWatcher();
    },
  },
  {
    provide: ThumbnailCache,
    inject: [Database],
    useFactory: async (database: Database) => {
      const { FilesystemThumbnailCache } = await import('./files/filesystem.thumbnail-cache.ts');
      const cache = new FilesystemThumbnailCache(join(database.dataDir, 'thumbnails'));
      database.registerSpareFiles(() => cache.discardAll());
      return cache;
    },
  },
];

@Module({
  imports: [DownloadsModule, JobsModule],
  controllers: [DownloadsController, ImagesController],
  providers: [
    AnnotationDownloads,
    AnnotationUploads,
    AttributeRepository,
    CommonValuesResolver,
    DatasetAttributesResolver,
    DatasetEvents,
    DatasetRepository,
    DatasetsResolver,
    DatasetsService,
    DeleteDatasetJob,
    DiscardedFileRepository,
    DownloadRepository,
    DownloadsResolver,
    DownloadsService,
    DuplicateDecisionRepository,
    DuplicateDecisions,
    DuplicateDecisionsResolver,
    DuplicatesResolver,
    DuplicatesService,
    FacetRepository,
    FileCheckRepository,
    FileHealer,
    ImageChangeRepository,
    ImageFilters,
    ImageHashRepository,
    ImageIntake,
    ImagePut,
    ImageRemover,
    ImageRepository,
    ImageSelection,
    ImageEditsResolver,
    ImagesResolver,
    ImagesService,
    ImageUpdates,
    ImageWriter,
    ImportDatasetJob,
    ImportPaths,
    ImportPreviews,
    ImportRuns,
    ImportsService,
    JobDownloadsResolver,
    JobEndingsResolver,
    KeptSourceRepository,
    KeptSources,
    LabelLoader,
    LabelsResolver,
    LabelRepository,
    OpenedSources,
    PerceptualHashes,
    PictureDownload,
    PictureRelations,
    PlaceholderSweep,
    RecordedDownloader,
    RequestedSources,
    SourceFailureRepository,
    SourceItemRepository,
    SourceScheduler,
    SourcesResolver,
    SourceWatches,
    StageRepository,
    Stages,
    StagesResolver,
    SyncResultResolver,
    SyncRuns,
    ThumbnailsService,
    Transactions,
    VerifyFilesJob,
    ...adapters,
  ],
  exports: [
    DatasetEvents,
    DatasetsService,
    DownloadsService,
    DuplicateDecisions,
    DuplicatesService,
    ImageCheck,
    ImageFilters,
    ImagesService,
    ImportPreviews,
    ImportsService,
    KeptSources,
    PictureRelations,
    SourceScheduler,
    SyncRuns,
  ],
})
export class DatasetsModule implements OnModuleInit, OnApplicationBootstrap {
  constructor(
    private readonly handlers: JobHandlers,
    private readonly importDataset: ImportDatasetJob,
    private readonly deleteDataset: DeleteDatasetJob,
    private readonly verifyFiles: VerifyFilesJob,
    private readonly remover: ImageRemover,
    private readonly uploads: AnnotationUploads,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this.importDataset);
    this.handlers.register(this.deleteDataset);
    this.handlers.register(this.verifyFiles);
  }

  /** Finishes the clean-up that killed processes had begun. On a full disk, it is left to the next start. */
  async onApplicationBootstrap(): Promise<void> {
    await this.uploads.removeStray();
    await this.remover.removeDiscardedFiles();
  }
}

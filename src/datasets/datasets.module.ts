import { join } from 'node:path';
import { Module, type OnApplicationBootstrap, type OnModuleInit, type FactoryProvider } from '@nestjs/common';
import { ImageLimitsConfig } from '../config/index.ts';
import { Database } from '../database/index.ts';
import { JobHandlers, JobsModule } from '../jobs/index.ts';
import { AnnotationUploads } from './annotation-uploads.ts';
import { DatasetEvents } from './dataset-events.ts';
import { DatasetSources } from './dataset-sources.port.ts';
import { DatasetsConfig } from './datasets.config.ts';
import { DatasetsResolver } from './datasets.resolver.ts';
import { DatasetsService } from './datasets.service.ts';
import { DownloadsModule } from '../downloads/index.ts';
import { DownloadLedger } from './download-ledger.ts';
import { DownloadsController } from './downloads.controller.ts';
import { DownloadsResolver } from './downloads.resolver.ts';
import { DownloadsService } from './downloads.service.ts';
import { PlaceholderSweep } from './placeholder-sweep.ts';
import { DeleteDatasetJob } from './delete-dataset.job.ts';
import { DuplicatesResolver } from './duplicates.resolver.ts';
import { DuplicatesService } from './duplicates.service.ts';
import { ImageCheck } from './image-check.port.ts';
import { ImageFetcher } from './image-fetcher.port.ts';
import { ImageIntake } from './image-intake.ts';
import { ImageRemover } from './image-remover.ts';
import { ImageStore } from './image-store.port.ts';
import { ImageWriter } from './image-writer.ts';
import { ImagesController } from './images.controller.ts';
import { ImagesResolver } from './images.resolver.ts';
import { ImagesService } from './images.service.ts';
import { ImportDatasetJob } from './import-dataset.job.ts';
import { ImportPreviews } from './import-previews.service.ts';
import { ImportPaths } from './import-paths.ts';
import { JobDownloadsResolver } from './job-downloads.resolver.ts';
import { LabelLoader } from './label-loader.ts';
import { PerceptualHashes } from './perceptual-hashes.ts';
import { ThumbnailCache } from './thumbnail-cache.port.ts';
import { ThumbnailsService } from './thumbnails.service.ts';

/** The adapters behind this app's ports; each is loaded when it is made. (Within a decorator, TypeScript leaves the `.ts` of an `import()` as it is.) */
const adapters: FactoryProvider[] = [
  {
    provide: DatasetSources,
    useFactory: async () => {
      const { AllDatasetSources } = await import('./adapters/dataset-sources.ts');
      return new AllDatasetSources();
    },
  },
  {
    provide: ImageCheck,
    inject: [ImageLimitsConfig],
    useFactory: async (limits: ImageLimitsConfig) => {
      const { SharpImageCheck } = await import('./adapters/sharp.image-check.ts');
      return new SharpImageCheck({ maxPixels: limits.MAX_IMAGE_PIXELS });
    },
  },
  {
    provide: ImageFetcher,
    inject: [DatasetsConfig],
    useFactory: async (config: DatasetsConfig) => {
      const { FilesystemImageFetcher } = await import('./adapters/filesystem.image-fetcher.ts');
      return new FilesystemImageFetcher(config.MAX_IMPORT_FILE_BYTES);
    },
  },
  {
    provide: ImageStore,
    inject: [Database],
    useFactory: async (database: Database) => {
      const { FilesystemImageStore } = await import('./adapters/filesystem.image-store.ts');
      return new FilesystemImageStore(join(database.dataDir, 'images'));
    },
  },
  {
    provide: ThumbnailCache,
    inject: [Database],
    useFactory: async (database: Database) => {
      const { FilesystemThumbnailCache } = await import('./adapters/filesystem.thumbnail-cache.ts');
      return new FilesystemThumbnailCache(join(database.dataDir, 'thumbnails'));
    },
  },
];

@Module({
  imports: [DownloadsModule, JobsModule],
  controllers: [DownloadsController, ImagesController],
  providers: [
    AnnotationUploads,
    DatasetEvents,
    DatasetsResolver,
    DatasetsService,
    DeleteDatasetJob,
    DownloadLedger,
    DownloadsResolver,
    DownloadsService,
    PlaceholderSweep,
    DuplicatesResolver,
    DuplicatesService,
    ImageIntake,
    ImageRemover,
    ImagesResolver,
    ImagesService,
    ImageWriter,
    ImportDatasetJob,
    ImportPaths,
    ImportPreviews,
    JobDownloadsResolver,
    LabelLoader,
    PerceptualHashes,
    ThumbnailsService,
    ...adapters,
  ],
  exports: [
    DatasetEvents,
    DatasetsService,
    ImportPreviews,
    DuplicatesService,
    ImagesService,
    DownloadsService,
  ],
})
export class DatasetsModule implements OnModuleInit, OnApplicationBootstrap {
  constructor(
    private readonly handlers: JobHandlers,
    private readonly importDataset: ImportDatasetJob,
    private readonly deleteDataset: DeleteDatasetJob,
    private readonly remover: ImageRemover,
    private readonly uploads: AnnotationUploads,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this.importDataset);
    this.handlers.register(this.deleteDataset);
  }

  /** Finishes what a process that was killed had begun to clear away. */
  async onApplicationBootstrap(): Promise<void> {
    await this.uploads.removeStray();
    await this.remover.removeDiscardedFiles();
  }
}

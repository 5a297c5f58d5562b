import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.ts';
import {
  AttributeRepository,
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
  SyncRuns,
  ThumbnailsService,
} from '../datasets/index.ts';
import { Downloader } from '../downloads/index.ts';
import { JobQueue, JobRunner } from '../jobs/index.ts';
import {
  EvaluationService,
  ExplanationsService,
  FeedbackEvaluations,
  FeedbackService,
  IndexesService,
  LabelErrors,
  SimilarImagesService,
} from '../search/index.ts';

/** What commands use of the apps. Each is looked up when it is first asked for. */
export interface Apps {
  readonly attributes: AttributeRepository;
  readonly datasets: DatasetsService;
  readonly downloader: Downloader;
  readonly downloads: DownloadsService;
  readonly duplicateDecisions: DuplicateDecisions;
  readonly duplicates: DuplicatesService;
  readonly evaluation: EvaluationService;
  readonly explanations: ExplanationsService;
  readonly feedback: FeedbackService;
  readonly feedbackEvaluations: FeedbackEvaluations;
  readonly filters: ImageFilters;
  readonly imageCheck: ImageCheck;
  readonly images: ImagesService;
  readonly indexes: IndexesService;
  readonly imports: ImportsService;
  readonly keptSources: KeptSources;
  readonly labelErrors: LabelErrors;
  readonly previews: ImportPreviews;
  readonly syncs: SyncRuns;
  readonly queue: JobQueue;
  readonly runner: JobRunner;
  readonly search: SimilarImagesService;
  readonly thumbnails: ThumbnailsService;
}

export interface OpenedApps {
  readonly apps: Apps;
  readonly close: () => Promise<void>;
}

/** Opens a Nest application context on the settings of the environment. Rejects as `startServer` does. */
export async function openApps(): Promise<OpenedApps> {
  const context = await NestFactory.createApplicationContext(AppModule.forRoot(process.env), {
    abortOnError: false,
    logger: new StderrLogger({ logLevels: ['warn', 'error', 'fatal'] }),
  });
  const apps: Apps = {
    get attributes() {
      return context.get(AttributeRepository, { strict: false });
    },
    get datasets() {
      return context.get(DatasetsService);
    },
    get downloader() {
      return context.get(Downloader, { strict: false });
    },
    get downloads() {
      return context.get(DownloadsService);
    },
    get duplicateDecisions() {
      return context.get(DuplicateDecisions);
    },
    get duplicates() {
      return context.get(DuplicatesService);
    },
    get evaluation() {
      return context.get(EvaluationService);
    },
    get explanations() {
      return context.get(ExplanationsService);
    },
    get feedback() {
      return context.get(FeedbackService);
    },
    get feedbackEvaluations() {
      return context.get(FeedbackEvaluations);
    },
    get filters() {
      return context.get(ImageFilters, { strict: false });
    },
    get imageCheck() {
      return context.get(ImageCheck, { strict: false });
    },
    get images() {
      return context.get(ImagesService);
    },
    get indexes() {
      return context.get(IndexesService);
    },
    get imports() {
      return context.get(ImportsService);
    },
    get keptSources() {
      return context.get(KeptSources);
    },
    get labelErrors() {
      return context.get(LabelErrors);
    },
    get previews() {
      return context.get(ImportPreviews);
    },
    get queue() {
      return context.get(JobQueue);
    },
    get runner() {
      return context.get(JobRunner);
    },
    get search() {
      return context.get(SimilarImagesService);
    },
    get syncs() {
      return context.get(SyncRuns);
    },
    get thumbnails() {
      return context.get(ThumbnailsService, { strict: false });
    },
  };
  return { apps, close: () => context.close() };
}

/** Standard output is for results. */
class StderrLogger extends ConsoleLogger {
  protected override printMessages(messages: unknown[], context?: string, level = 'warn'): void {
    // What keeps the apps from starting is thrown as well, and printed once, in exit.ts.
    if (context === 'ExceptionHandler') return;
    for (const message of messages) process.stderr.write(`${level}: ${String(message)}\n`);
  }
}

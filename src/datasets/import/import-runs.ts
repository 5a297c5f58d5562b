import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import { ImageRemover } from '../deletion/image-remover.ts';
import { ImageStore } from '../files/image-store.port.ts';
import { ImageChangeRepository } from '../catalogue/image-change.repository.ts';
import { ImageRepository } from '../catalogue/image.repository.ts';
import { ImageWriter } from '../catalogue/image-writer.ts';
import { DatasetsConfig, IMPORTS_PER_CORE } from '../datasets.config.ts';
import { DownloadsConfig } from '../../downloads/index.ts';
import type { JobRun } from '../../jobs/index.ts';
import { RecordedDownloader } from '../ledger/recorded-downloader.ts';
import { ImageIntake } from './image-intake.ts';
import type { ImportAttributes } from './import-attributes.ts';
import type { ImportInput } from './import-input.ts';
import { ImportRun } from './import-run.ts';
import type { SourceLedger } from '../sync/source-ledger.ts';

/** The images queued for each download that may run, so that one slow host does not leave the others idle. */
const WAITING_PER_DOWNLOAD = 4;

/** Starts import runs with the configured concurrency. */
@Injectable()
export class ImportRuns {
  constructor(
    private readonly intake: ImageIntake,
    private readonly images: ImageRepository,
    private readonly changes: ImageChangeRepository,
    private readonly writer: ImageWriter,
    private readonly remover: ImageRemover,
    private readonly downloads: RecordedDownloader,
    private readonly store: ImageStore,
    private readonly config: DatasetsConfig,
    private readonly downloadsConfig: DownloadsConfig,
  ) {}

  /** `names` holds the names to display for labels, by key. */
  start(
    run: JobRun<ImportInput>,
    names: ReadonlyMap<string, string>,
    attributes: ImportAttributes,
    brought?: SourceLedger,
  ): ImportRun {
    const { intake, images, changes, writer, remover, store } = this;
    return new ImportRun(run, names, attributes, {
      intake,
      images,
      changes,
      writer,
      remover,
      store,
      recorder: this.downloads.recorderOf(run),
      brought,
      files: this.config.IMPORT_CONCURRENCY || IMPORTS_PER_CORE * availableParallelism(),
      urls: WAITING_PER_DOWNLOAD * this.downloadsConfig.DOWNLOAD_CONCURRENCY,
    });
  }
}

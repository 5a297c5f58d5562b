import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { AnnotationFormat, ColumnNames } from '../../annotations/index.ts';
import { uploadError } from '../../common/index.ts';
import { UploadLimitsConfig } from '../../config/index.ts';
import { importInputInvalid } from '../datasets.errors.ts';
import { Downloader } from '../../downloads/index.ts';
import { AnnotationUploads } from './annotation-uploads.ts';
import type { AttributeColumn } from './attribute-column.ts';
import type { ImportSource } from './import-input.ts';

/** The time limit for one attempt to download annotations, which may be very large. */
const ANNOTATIONS_TIMEOUT_MS = 5 * 60_000;

/** What a client asks to import from: exactly one of the first five members. */
export interface RequestedSource {
  /** Opens an uploaded annotation file; the stream fails beyond `maxBytes`. */
  readonly openAnnotations?: (maxBytes: number) => Promise<Readable>;
  readonly annotationsPath?: string;
  readonly annotationsUrl?: string;
  readonly directoryPath?: string;
  /** A stage, whose folders are labels unless it has annotations. All paths are then in it. */
  readonly stage?: string;
  readonly stageAnnotations?: string;
  readonly imagesRoot?: string;
  readonly labelNamesPath?: string;
  readonly format?: AnnotationFormat;
  readonly columns?: ColumnNames;
  readonly labelSeparator?: string;
  readonly attributes?: readonly AttributeColumn[];
}

/** Turns what a client asks for into an import source, storing uploaded and downloaded annotations. */
@Injectable()
export class RequestedSources {
  constructor(
    private readonly uploads: AnnotationUploads,
    private readonly downloader: Downloader,
    private readonly limits: UploadLimitsConfig,
  ) {}

  /**
   * Rejects with `IMPORT_INPUT_INVALID` unless exactly one source is named, and with the errors of
   * uploads and downloads.
   */
  async toImportSource(requested: RequestedSource, signal: AbortSignal): Promise<ImportSource> {
    const { stage, stageAnnotations, ...elsewhere } = requested;
    if (stage !== undefined) return stagedSource(stage, stageAnnotations, elsewhere);
    if (stageAnnotations !== undefined) throw importInputInvalid('Name the stage that has the annotations.');
    const { openAnnotations, annotationsPath, annotationsUrl, directoryPath, ...reading } = elsewhere;
    const named = [openAnnotations, annotationsPath, annotationsUrl, directoryPath];
    if (named.filter((source) => source !== undefined).length !== 1) {
      throw importInputInvalid(
        'Name exactly one of annotations, annotationsPath, annotationsUrl, directoryPath and stage.',
      );
    }
    if (directoryPath !== undefined) return { kind: 'directory', path: directoryPath };
    if (annotationsPath !== undefined) return { kind: 'annotations', annotationsPath, ...reading };
    const file =
      openAnnotations === undefined
        ? await this.saveDownload(annotationsUrl, signal)
        : await this.saveUpload(openAnnotations);
    return { kind: 'annotations', annotationsPath: file, uploaded: true, ...reading };
  }

  private async saveUpload(openAnnotations: (maxBytes: number) => Promise<Readable>): Promise<string> {
    const maxBytes = this.limits.MAX_ANNOTATIONS_BYTES;
    const stream = await openAnnotations(maxBytes);
    try {
      return await this.uploads.save(stream);
    } catch (error) {
      throw uploadError(error, maxBytes);
    }
  }

  private async saveDownload(url: string | undefined, signal: AbortSignal): Promise<string> {
    if (url === undefined) throw new Error('There is no URL to download annotations from');
    const options = {
      signal,
      timeoutMs: ANNOTATIONS_TIMEOUT_MS,
      maxBytes: this.limits.MAX_ANNOTATIONS_BYTES,
      accept: 'application/json, text/csv, application/x-ndjson, */*;q=0.5',
    };
    return this.uploads.keep((file) => this.downloader.downloadToFile(url, file, options));
  }
}

function stagedSource(
  stage: string,
  stageAnnotations: string | undefined,
  { openAnnotations, annotationsPath, annotationsUrl, directoryPath, ...reading }: RequestedSource,
): ImportSource {
  if ((openAnnotations ?? annotationsPath ?? annotationsUrl) !== undefined) {
    throw importInputInvalid('Annotations of a stage are named by stageAnnotations.');
  }
  if (stageAnnotations === undefined) return { kind: 'directory', path: directoryPath, stage };
  if (directoryPath !== undefined) {
    throw importInputInvalid('Name either stageAnnotations, or directoryPath for a folder of the stage.');
  }
  return { kind: 'annotations', annotationsPath: stageAnnotations, stage, ...reading };
}

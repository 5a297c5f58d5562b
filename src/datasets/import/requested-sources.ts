import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { isObjectUrl } from '../../downloads/index.ts';
import { uploadError } from '../../common/index.ts';
import { UploadLimitsConfig } from '../../config/index.ts';
import { importInputInvalid } from '../datasets.errors.ts';
import { AnnotationDownloads } from './annotation-downloads.ts';
import { AnnotationUploads } from './annotation-uploads.ts';
import type { AnnotationReading, ImportSource } from './import-input.ts';

/** What a client asks to import from: exactly one of the first five members. */
export interface RequestedSource extends AnnotationReading {
  /** Opens an uploaded annotation file; the stream fails beyond `maxBytes`. */
  readonly openAnnotations?: (maxBytes: number) => Promise<Readable>;
  readonly annotationsPath?: string;
  readonly annotationsUrl?: string;
  readonly directoryPath?: string;
  /** A stage, whose folders are labels unless it has annotations. All paths are then in it. */
  readonly stage?: string;
  readonly stageAnnotations?: string;
  readonly labelLevel?: number;
}

/** Turns what a client asks for into an import source, storing uploaded and downloaded annotations. */
@Injectable()
export class RequestedSources {
  constructor(
    private readonly uploads: AnnotationUploads,
    private readonly downloads: AnnotationDownloads,
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
    const { openAnnotations, annotationsPath, annotationsUrl, directoryPath, labelLevel, ...reading } =
      elsewhere;
    const named = [openAnnotations, annotationsPath, annotationsUrl, directoryPath];
    if (named.filter((source) => source !== undefined).length !== 1) {
      throw importInputInvalid(
        'Name exactly one of annotations, annotationsPath, annotationsUrl, directoryPath and stage.',
      );
    }
    if (directoryPath !== undefined && isObjectUrl(directoryPath)) {
      return { kind: 'bucket', url: directoryPath, ...(labelLevel === undefined ? {} : { labelLevel }) };
    }
    if (directoryPath !== undefined) return { kind: 'directory', path: directoryPath, labelLevel };
    if (annotationsUrl !== undefined && isObjectUrl(annotationsUrl)) {
      return { kind: 'feed', url: annotationsUrl, ...reading };
    }
    if (annotationsPath !== undefined) return { kind: 'annotations', annotationsPath, ...reading };
    const file =
      openAnnotations === undefined
        ? await this.saveDownload(annotationsUrl, signal)
        : await this.saveUpload(openAnnotations);
    return { kind: 'annotations', annotationsPath: file, uploaded: true, ...reading };
  }

  /** Like `toImportSource`, for a source that is read again and again: a URL is downloaded for each run. */
  async toLastingSource(requested: RequestedSource): Promise<ImportSource> {
    const { annotationsUrl: url, annotationsPath, directoryPath } = requested;
    if (url === undefined || (annotationsPath ?? directoryPath) !== undefined) {
      return this.toImportSource(requested, new AbortController().signal);
    }
    const { imagesRoot, pathTemplate, labelNamesPath, format, columns } = requested;
    const { labelSeparator, delimiter, encoding, attributes } = requested;
    const reading = { imagesRoot, pathTemplate, labelNamesPath, format, columns };
    return { kind: 'feed', url, ...reading, labelSeparator, delimiter, encoding, attributes };
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
    return this.downloads.save(url, signal);
  }
}

function stagedSource(
  stage: string,
  stageAnnotations: string | undefined,
  {
    openAnnotations,
    annotationsPath,
    annotationsUrl,
    directoryPath,
    labelLevel,
    ...reading
  }: RequestedSource,
): ImportSource {
  if ((openAnnotations ?? annotationsPath ?? annotationsUrl) !== undefined) {
    throw importInputInvalid('Annotations of a stage are named by stageAnnotations.');
  }
  if (stageAnnotations === undefined) return { kind: 'directory', path: directoryPath, stage, labelLevel };
  if (directoryPath !== undefined) {
    throw importInputInvalid('Name either stageAnnotations, or directoryPath for a folder of the stage.');
  }
  return { kind: 'annotations', annotationsPath: stageAnnotations, stage, ...reading };
}

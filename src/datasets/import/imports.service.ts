import { Injectable, Logger } from '@nestjs/common';
import { DatasetRepository } from '../catalogue/dataset.repository.ts';
import { DatasetsService } from '../catalogue/datasets.service.ts';
import { encodingNamed } from '../../annotations/index.ts';
import { messageOf } from '../../common/index.ts';
import { assertAttributeName } from '../attributes/given-attributes.ts';
import { ATTRIBUTE_LIMITS } from '../../filters/index.ts';
import {
  attributeInvalid,
  DATASET_NAME,
  importInputInvalid,
  invalidDatasetName,
} from '../datasets.errors.ts';
import { isObjectUrl, S3Objects } from '../../downloads/index.ts';
import { type Job, JobKind, JobQueue } from '../../jobs/index.ts';
import { AnnotationDownloads } from './annotation-downloads.ts';
import { AnnotationUploads } from './annotation-uploads.ts';
import {
  uploadOf,
  type AnnotationReading,
  type ExternalSource,
  type ImportInput,
  type ImportRequest,
  type ImportSource,
} from './import-input.ts';
import { ImportPaths, type ImportCaller } from './import-paths.ts';
import { Stages } from '../stages/stages.service.ts';

/** Checks requested imports and queues the jobs that carry them out. */
@Injectable()
export class ImportsService {
  private readonly logger = new Logger('Imports');

  constructor(
    private readonly datasetsService: DatasetsService,
    private readonly datasets: DatasetRepository,
    private readonly jobs: JobQueue,
    private readonly paths: ImportPaths,
    private readonly uploads: AnnotationUploads,
    private readonly downloads: AnnotationDownloads,
    private readonly objects: S3Objects,
    private readonly stages: Stages,
  ) {}

  /**
   * Queues an import, and creates the dataset if there is none with that name. If no new job comes of
   * it, an uploaded annotation file is removed.
   *
   * Rejects with `INVALID_DATASET_NAME`, `IMPORT_INPUT_INVALID`, `IMPORT_PATH_REFUSED`, `SOURCE_NOT_FOUND`,
   * `STAGE_NOT_FOUND`, `STAGE_PATH_INVALID`, `STAGE_IN_USE`, and for URLs as `Downloader.check` throws.
   */
  async enqueueImport(request: ImportRequest, caller: ImportCaller): Promise<Job> {
    const upload = uploadOf(request.source);
    let isKept = false;
    let claimed: string | undefined;
    try {
      const input = await this.resolveInput(request, caller);
      const stage = 'stage' in input.source ? input.source.stage : undefined;
      if (stage !== undefined) await this.stages.claim(stage, JSON.stringify(input));
      claimed = stage;
      const { dataset, created } = await this.datasetsService.findOrCreate(request.dataset);
      const { id } = dataset;
      try {
        const job = await this.jobs.enqueue({ kind: JobKind.IMPORT_DATASET, datasetId: id, input });
        isKept = true;
        return job;
      } catch (error) {
        if (created) await this.removeEmptyDataset(id);
        throw error;
      }
    } finally {
      if (upload !== undefined && !isKept) await this.uploads.remove(upload);
      if (claimed !== undefined && !isKept) await this.release(claimed);
    }
  }

  /** The input that a job would be given. Rejects as `enqueueImport` does. */
  async resolveInput(
    { dataset, source, labelIds, limit, maxFailures, acceptTruncated, sync }: ImportRequest,
    caller: ImportCaller,
  ): Promise<ImportInput & { readonly source: ExternalSource }> {
    if (!DATASET_NAME.test(dataset)) throw invalidDatasetName(dataset);
    if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1)) {
      throw importInputInvalid('The limit must be a whole number of images, 1 or more.');
    }
    if (
      maxFailures !== undefined &&
      !(maxFailures >= 0 && (maxFailures < 1 || Number.isSafeInteger(maxFailures)))
    ) {
      throw importInputInvalid(
        'The maximum of failures is a whole number of items, or a share of all from 0 up to 1.',
      );
    }
    const { maxDelete } = sync ?? {};
    if (maxDelete !== undefined && !(maxDelete >= 0 && maxDelete <= 1)) {
      throw importInputInvalid('The share of images that may be removed is a number from 0 to 1.');
    }
    if (labelIds?.length === 0) throw importInputInvalid('Name at least one label, or omit labelIds.');
    if (source.kind === 'annotations' || source.kind === 'feed') assertReadable(source);
    else if (source.labelLevel !== undefined && !(source.labelLevel >= 1 && source.labelLevel <= 20)) {
      throw importInputInvalid('The level of the folders that are labels is 1 to 20.');
    }
    this.assertFetchable(source);
    return {
      dataset,
      source: await this.paths.resolveSource(source, caller),
      ...(labelIds === undefined ? {} : { labelIds: [...new Set(labelIds)].sort() }),
      ...(limit === undefined ? {} : { limit }),
      ...(maxFailures === undefined ? {} : { maxFailures }),
      ...(acceptTruncated === true ? { acceptTruncated } : {}),
      ...(sync === undefined ? {} : { sync }),
    };
  }

  /** Throws for URLs that are refused before any request. */
  private assertFetchable(source: ImportSource): void {
    if (source.kind === 'feed') this.downloads.check(source.url);
    if (source.kind === 'bucket') this.objects.checkPrefix(source.url);
    const names = 'labelNamesPath' in source ? source.labelNamesPath : undefined;
    if (names !== undefined && isObjectUrl(names)) this.objects.check(names);
    const root = 'imagesRoot' in source ? source.imagesRoot : undefined;
    if (root !== undefined && isObjectUrl(root)) this.objects.checkPrefix(root);
  }

  /** On a full disk this may fail; the stage then stays until it expires. */
  private async release(stage: string): Promise<void> {
    try {
      await this.stages.release(stage);
    } catch (error) {
      this.logger.warn(`A stage was not released: ${messageOf(error)}`);
    }
  }

  /** Removes a dataset that was created for an import. On a full disk this may fail as the import did. */
  private async removeEmptyDataset(id: number): Promise<void> {
    try {
      await this.datasets.delete(id);
    } catch (error) {
      this.logger.warn(`An empty dataset was left behind: ${messageOf(error)}`);
    }
  }
}

/** Only tables have columns and separators, and these must not be empty. */
function assertReadable(source: AnnotationReading): void {
  const { format = 'AUTO', columns = {}, labelSeparator = '', attributes = [] } = source;
  const roles = [columns.id, columns.url, columns.label].filter((names) => names !== undefined);
  if (roles.some((names) => names.length === 0 || names.length > 20 || names.includes(''))) {
    throw importInputInvalid('For the id, the URL and the label, name 1 to 20 columns each, or omit them.');
  }
  if (roles.length > 0 && (format === 'IMATERIALIST' || format === 'COCO')) {
    throw importInputInvalid('Columns can only be named for CSV, JSONL and JSON lists.');
  }
  const names = attributes.map(({ name }) => name);
  for (const name of names) assertAttributeName(name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw attributeInvalid(twice, 'it is given twice');
  if (attributes.length > ATTRIBUTE_LIMITS.perDataset || attributes.some(({ column }) => column === '')) {
    throw importInputInvalid(
      `Name at most ${ATTRIBUTE_LIMITS.perDataset} attributes, and for each a column that is not empty.`,
    );
  }
  const { delimiter, encoding, pathTemplate } = source;
  if (pathTemplate !== undefined && (!pathTemplate.includes('{id}') || pathTemplate.length > 1_000)) {
    throw importInputInvalid(
      'A path template must contain {id}, as in images/{id}.jpg, and have at most 1,000 characters.',
    );
  }
  if (delimiter !== undefined && !/^[\t\x20-\x21\x23-\x7e]$/.test(delimiter)) {
    throw importInputInvalid('A delimiter is one ASCII character, such as ";" or a tab, and no quote.');
  }
  if (encoding !== undefined && encodingNamed(encoding) === undefined) {
    throw importInputInvalid(
      `There is no character encoding ${JSON.stringify(encoding.slice(0, 40))}. Name one such as utf-8, utf-16le, windows-1252 or shift_jis.`,
    );
  }
  if (labelSeparator.length > 10) throw importInputInvalid('A label separator has at most 10 characters.');
}

import { Args, Context, ID, Int, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { AppError, idOf, longList, openUpload, PageArgs, pageOf, uploadError } from '../../common/index.ts';
import { UploadLimitsConfig } from '../../config/index.ts';
import { Downloader } from '../../downloads/index.ts';
import { JobType, toJobType } from '../../jobs/index.ts';
import { AnnotationUploads } from '../import/annotation-uploads.ts';
import { datasetNotFound, importInputInvalid } from '../datasets.errors.ts';
import { DatasetsService } from '../catalogue/datasets.service.ts';
import { ImportDatasetInput } from './import-dataset.input.ts';
import type { ImportRequest, ImportSource } from '../import/import-input.ts';
import { ImportPreviews } from '../import/import-previews.service.ts';
import { LabelLoader } from './label-loader.ts';
import { DatasetConnection, DatasetType, toDatasetType } from './dataset.type.ts';
import { ImportPreviewType, toImportPreviewType } from './import-preview.type.ts';
import { LabelType, toLabelType } from './label.type.ts';

/** What one attempt at the largest annotation file that is accepted may take. */
const ANNOTATIONS_TIMEOUT_MS = 5 * 60_000;

@Resolver(() => DatasetType)
export class DatasetsResolver {
  constructor(
    private readonly service: DatasetsService,
    private readonly uploads: AnnotationUploads,
    private readonly labelLoader: LabelLoader,
    private readonly limits: UploadLimitsConfig,
    private readonly previews: ImportPreviews,
    private readonly downloader: Downloader,
  ) {}

  @Query(() => DatasetType, {
    nullable: true,
    description: 'A dataset, or null where there is none of that id.',
  })
  async dataset(@Args('id', { type: () => ID }) id: string): Promise<DatasetType | null> {
    try {
      return toDatasetType(await this.service.get(idOf(id, datasetNotFound)));
    } catch (error) {
      if (error instanceof AppError && error.code === 'DATASET_NOT_FOUND') return null;
      throw error;
    }
  }

  @Query(() => DatasetConnection, { description: 'Datasets, in the order they were made.' })
  async datasets(@Args() page: PageArgs): Promise<DatasetConnection> {
    return pageOf(page, {
      rows: ({ after, limit }) => this.service.list({ after, limit }),
      totalCount: () => this.service.count(),
      toNode: toDatasetType,
    });
  }

  @ResolveField(() => [LabelType], {
    description: 'The labels that its images have, by key.',
    complexity: longList,
  })
  async labels(@Parent() dataset: DatasetType, @Context() context: object): Promise<LabelType[]> {
    const labels = await this.labelLoader.load(context, Number(dataset.id));
    return [...labels.values()].map(toLabelType);
  }

  @ResolveField(() => Int)
  async imageCount(@Parent() dataset: DatasetType): Promise<number> {
    return this.service.countImages(Number(dataset.id));
  }

  @Mutation(() => JobType, {
    description: 'Imports images from annotations or a folder. Run again, it imports only what is new.',
  })
  async importDataset(
    @Args('input', { type: () => ImportDatasetInput }) input: ImportDatasetInput,
    @Context('signal') signal: AbortSignal,
  ): Promise<JobType> {
    const request = await this.requestOf(input, signal);
    return toJobType(await this.service.enqueueImport(request, { trusted: false }));
  }

  @Mutation(() => ImportPreviewType, {
    description:
      'Counts what an import would fetch; fetches no picture and changes nothing. (A mutation, because it reads, and may fetch, the annotations.)',
  })
  async previewImport(
    @Args('input', { type: () => ImportDatasetInput }) input: ImportDatasetInput,
    @Context('signal') signal: AbortSignal,
  ): Promise<ImportPreviewType> {
    const request = await this.requestOf(input, signal);
    return toImportPreviewType(await this.previews.preview(request, { trusted: false }, signal));
  }

  @Mutation(() => JobType, {
    description: 'Deletes a dataset with its images and its index. What is going on with it is cancelled.',
  })
  async deleteDataset(@Args('id', { type: () => ID }) id: string): Promise<JobType> {
    return toJobType(await this.service.enqueueDelete(idOf(id, datasetNotFound)));
  }

  private async requestOf(input: ImportDatasetInput, signal: AbortSignal): Promise<ImportRequest> {
    return {
      dataset: input.dataset,
      source: await this.sourceOf(input, signal),
      labelIds: input.labelIds ?? undefined,
      limit: input.limit ?? undefined,
    };
  }

  private async sourceOf(input: ImportDatasetInput, signal: AbortSignal): Promise<ImportSource> {
    const annotations = input.annotations ?? undefined;
    const annotationsPath = input.annotationsPath ?? undefined;
    const annotationsUrl = input.annotationsUrl ?? undefined;
    const directoryPath = input.directoryPath ?? undefined;
    const named = [annotations, annotationsPath, annotationsUrl, directoryPath];
    if (named.filter((source) => source !== undefined).length !== 1) {
      throw importInputInvalid(
        'Name exactly one of annotations, annotationsPath, annotationsUrl and directoryPath.',
      );
    }
    if (directoryPath !== undefined) return { kind: 'directory', path: directoryPath };
    const { id, url, label } = input.columns ?? {};
    const reading = {
      imagesRoot: input.imagesRoot ?? undefined,
      labelNamesPath: input.labelNamesPath ?? undefined,
      format: input.format,
      ...(input.columns
        ? { columns: { id: id ?? undefined, url: url ?? undefined, label: label ?? undefined } }
        : {}),
      labelSeparator: input.labelSeparator ?? undefined,
    };
    if (annotationsPath !== undefined) return { kind: 'annotations', annotationsPath, ...reading };
    const file =
      annotations === undefined
        ? await this.saveDownload(annotationsUrl ?? '', signal)
        : await this.saveUpload(annotations);
    return { kind: 'annotations', annotationsPath: file, uploaded: true, ...reading };
  }

  private async saveDownload(url: string, signal: AbortSignal): Promise<string> {
    const options = {
      signal,
      timeoutMs: ANNOTATIONS_TIMEOUT_MS,
      maxBytes: this.limits.MAX_ANNOTATIONS_BYTES,
      accept: 'application/json, text/csv, application/x-ndjson, */*;q=0.5',
    };
    return this.uploads.keep((file) => this.downloader.downloadToFile(url, file, options));
  }

  private async saveUpload(annotations: NonNullable<ImportDatasetInput['annotations']>): Promise<string> {
    const limit = this.limits.MAX_ANNOTATIONS_BYTES;
    const stream = await openUpload(annotations, limit);
    try {
      return await this.uploads.save(stream);
    } catch (error) {
      throw uploadError(error, limit);
    }
  }
}

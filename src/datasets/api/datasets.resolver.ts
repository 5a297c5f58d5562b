import { Args, Context, ID, Int, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { badUserInput, longList, openUpload, PageArgs, pageOf, rowOf } from '../../common/index.ts';
import { JobType, toJobType } from '../../jobs/index.ts';
import { DatasetsService } from '../catalogue/datasets.service.ts';
import { ImportDatasetInput } from './import-dataset.input.ts';
import type { ImportRequest } from '../import/import-input.ts';
import { ImportPreviews } from '../import/import-previews.service.ts';
import { ImportsService } from '../import/imports.service.ts';
import { RequestedSources, type RequestedSource } from '../import/requested-sources.ts';
import { LabelLoader } from './label-loader.ts';
import type { Dataset } from '../catalogue/datasets.ts';
import { DATASET_REF, DatasetConnection, DatasetType, toDatasetType } from './dataset.type.ts';
import { ImportPreviewType, toImportPreviewType } from './import-preview.type.ts';
import { LabelType, toLabelType } from './label.type.ts';

@Resolver(() => DatasetType)
export class DatasetsResolver {
  constructor(
    private readonly service: DatasetsService,
    private readonly labelLoader: LabelLoader,
    private readonly sources: RequestedSources,
    private readonly imports: ImportsService,
    private readonly previews: ImportPreviews,
  ) {}

  @Query(() => DatasetType, {
    nullable: true,
    description: 'A dataset, given by exactly one of `id` and `name`; null if there is none.',
  })
  async dataset(
    @Args('id', { type: () => ID, nullable: true, description: DATASET_REF }) id?: string | null,
    @Args('name', { type: () => String, nullable: true }) name?: string | null,
  ): Promise<DatasetType | null> {
    const dataset = await this.findDataset(id ?? undefined, name ?? undefined);
    return dataset === undefined ? null : toDatasetType(dataset);
  }

  @Query(() => DatasetConnection, { description: 'Datasets in the order of their creation.' })
  async datasets(@Args() page: PageArgs): Promise<DatasetConnection> {
    return pageOf(page, {
      rows: (rows) => this.service.list(rows),
      totalCount: () => this.service.count(),
      toNode: toDatasetType,
    });
  }

  @ResolveField(() => [LabelType], {
    description: 'The labels that at least one of its images has, in order of their keys.',
    complexity: longList,
  })
  async labels(@Parent() dataset: DatasetType, @Context() context: object): Promise<LabelType[]> {
    const labels = await this.labelLoader.load(context, rowOf(dataset.id));
    return Array.from(labels.values(), (label) => toLabelType(label.datasetId, label));
  }

  @ResolveField(() => Int)
  async imageCount(@Parent() dataset: DatasetType): Promise<number> {
    return this.service.countImages(rowOf(dataset.id));
  }

  @Mutation(() => DatasetType, {
    description:
      'Creates an empty dataset, to put images into. If there is already one with this name, it stays as it is and is returned.',
  })
  async createDataset(@Args('name', { type: () => String }) name: string): Promise<DatasetType> {
    return toDatasetType((await this.service.findOrCreate(name)).dataset);
  }

  @Mutation(() => JobType, {
    description:
      'Imports images from annotations or a folder. Running the same import again adds only what is new.',
  })
  async importDataset(
    @Args('input', { type: () => ImportDatasetInput }) input: ImportDatasetInput,
    @Context('signal') signal: AbortSignal,
  ): Promise<JobType> {
    const request = await this.requestOf(input, signal);
    return toJobType(await this.imports.enqueueImport(request, { trusted: false }));
  }

  @Mutation(() => ImportPreviewType, {
    description:
      'Counts what an import would fetch, without fetching images or changing anything. It is a mutation because it reads the annotations, and downloads them if necessary.',
  })
  async previewImport(
    @Args('input', { type: () => ImportDatasetInput }) input: ImportDatasetInput,
    @Context('signal') signal: AbortSignal,
  ): Promise<ImportPreviewType> {
    const request = await this.requestOf(input, signal);
    return toImportPreviewType(await this.previews.preview(request, { trusted: false }, signal));
  }

  @Mutation(() => JobType, {
    description: 'Deletes a dataset with its images and its index. Jobs of the dataset are cancelled.',
  })
  async deleteDataset(
    @Args('dataset', { type: () => ID, description: DATASET_REF }) idOrName: string,
  ): Promise<JobType> {
    const { id } = await this.service.resolve(idOrName);
    return toJobType(await this.service.enqueueDelete(id));
  }

  private async findDataset(id: string | undefined, name: string | undefined): Promise<Dataset | undefined> {
    if ((id === undefined) === (name === undefined)) throw badUserInput('Give either the id or the name.');
    if (name !== undefined) return this.service.findByName(name);
    return this.service.findByRef(id!);
  }

  private async requestOf(input: ImportDatasetInput, signal: AbortSignal): Promise<ImportRequest> {
    return {
      dataset: input.dataset,
      source: await this.sources.toImportSource(requestedSource(input), signal),
      labelIds: input.labelIds ?? undefined,
      limit: input.limit ?? undefined,
    };
  }
}

function requestedSource({
  annotations,
  columns,
  attributes,
  ...input
}: ImportDatasetInput): RequestedSource {
  return {
    openAnnotations: annotations ? (maxBytes) => openUpload(annotations, maxBytes) : undefined,
    annotationsPath: input.annotationsPath ?? undefined,
    annotationsUrl: input.annotationsUrl ?? undefined,
    directoryPath: input.directoryPath ?? undefined,
    stage: input.stage ?? undefined,
    stageAnnotations: input.stageAnnotations ?? undefined,
    imagesRoot: input.imagesRoot ?? undefined,
    labelNamesPath: input.labelNamesPath ?? undefined,
    format: input.format,
    columns: columns
      ? { id: columns.id ?? undefined, url: columns.url ?? undefined, label: columns.label ?? undefined }
      : undefined,
    labelSeparator: input.labelSeparator ?? undefined,
    attributes: attributes?.map(({ name, column, type }) => ({
      name,
      column: column ?? name,
      type: type ?? undefined,
    })),
  };
}

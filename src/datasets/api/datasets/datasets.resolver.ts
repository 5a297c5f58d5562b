import { Args, Context, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { badUserInput, PageArgs, pageBy, pageOf, rowOf, type Cursors } from '../../../common/index.ts';
import { JobType, toJobType } from '../../../jobs/index.ts';
import { DatasetsService } from '../../catalogue/datasets.service.ts';
import { ImportDatasetInput, ImportMode } from '../imports/import-dataset.input.ts';
import type { ImportRequest } from '../../import/import-input.ts';
import { ImportPreviews } from '../../import/import-previews.service.ts';
import { ImportsService } from '../../import/imports.service.ts';
import { RequestedSources } from '../../import/requested-sources.ts';
import type { Dataset, LabelPosition, LabelSelection } from '../../catalogue/datasets.ts';
import { DATASET_REF, DatasetConnection, DatasetType, toDatasetType } from './dataset.type.ts';
import { ImportPreviewType, toImportPreviewType } from '../imports/import-preview.type.ts';
import { LabelConnection, LabelsArgs, toLabelType } from '../labels/label.type.ts';
import { requestedSource, selectionOf, syncOptions } from '../imports/requested-import.ts';

@Resolver(() => DatasetType)
export class DatasetsResolver {
  constructor(
    private readonly service: DatasetsService,
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

  @ResolveField(() => LabelConnection, { description: 'The labels that at least one of its images has.' })
  async labels(@Parent() dataset: DatasetType, @Args() args: LabelsArgs): Promise<LabelConnection> {
    const id = rowOf(dataset.id);
    const { orderBy: order, contains, keys } = args;
    const selection: LabelSelection = { contains: contains ?? undefined, keys: keys ?? undefined };
    return pageBy(LABEL_CURSORS, args, {
      rows: (page) => this.service.listLabels(id, selection, { ...page, order }),
      totalCount: () => this.service.countLabels(id, selection),
      toNode: (label) => toLabelType(id, label),
    });
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

  @Mutation(() => JobType, {
    description:
      'Checks the file of each image of a dataset: whether its bytes still have their digest. Damaged and missing files are fetched again from where they came from; images for which that is not possible fail.',
  })
  async verifyDataset(
    @Args('dataset', { type: () => ID, description: DATASET_REF }) idOrName: string,
  ): Promise<JobType> {
    const { id } = await this.service.resolve(idOrName);
    return toJobType(await this.service.enqueueVerify(id));
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
      ...selectionOf(input),
      sync: input.mode === ImportMode.SYNC ? syncOptions(input) : undefined,
    };
  }
}

/** Numbers of images change, so that a cursor keeps the one at which the next page begins. */
const LABEL_CURSORS: Cursors<LabelPosition, LabelPosition> = {
  write: ({ imageCount, key }) => `label:${imageCount}:${key}`,
  read: (text) => {
    const [, imageCount, key] = /^label:(\d{1,15}):(.+)$/s.exec(text) ?? [];
    return key === undefined ? undefined : { imageCount: Number(imageCount), key };
  },
};

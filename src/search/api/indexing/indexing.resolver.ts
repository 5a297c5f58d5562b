import { Args, ID, Int, Mutation, Resolver } from '@nestjs/graphql';
import { DatasetsService } from '../../../datasets/index.ts';
import { JobType, toJobType } from '../../../jobs/index.ts';
import { IndexesService } from '../../indexing/indexes.service.ts';
import { BuildIndexInput } from './build-index.input.ts';

@Resolver()
export class IndexingResolver {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly indexes: IndexesService,
  ) {}

  @Mutation(() => JobType, {
    description: 'Builds the index of a dataset, or brings it up to date.',
  })
  async buildIndex(@Args('input', { type: () => BuildIndexInput }) input: BuildIndexInput): Promise<JobType> {
    const { id } = await this.datasets.resolve(input.dataset);
    const job = await this.indexes.enqueueBuild({
      datasetId: id,
      model: input.model ?? undefined,
      labelIds: input.labelIds ?? undefined,
      rebuild: input.rebuild,
      refit: input.refit,
    });
    return toJobType(job);
  }

  @Mutation(() => Int, {
    description:
      'Drops the indexes of a dataset that have been replaced, and abandoned builds if another index answers. Returns the number of dropped indexes.',
  })
  async dropReplacedIndexes(
    @Args('dataset', { type: () => ID, description: 'The id or the name of the dataset.' }) dataset: string,
  ): Promise<number> {
    return this.indexes.dropReplaced((await this.datasets.resolve(dataset)).id);
  }
}

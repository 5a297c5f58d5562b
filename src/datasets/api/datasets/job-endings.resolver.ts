import { Args, ID, Resolver, Subscription } from '@nestjs/graphql';
import { JobQueue, JobType, watchEndings } from '../../../jobs/index.ts';
import { DatasetsService } from '../../catalogue/datasets.service.ts';
import { DATASET_REF } from './dataset.type.ts';

@Resolver(() => JobType)
export class JobEndingsResolver {
  constructor(
    private readonly queue: JobQueue,
    private readonly datasets: DatasetsService,
  ) {}

  @Subscription(() => JobType, {
    description: 'Each job that ends from now on, whoever has requested it: of all datasets, or of one.',
    resolve: (job: JobType) => job,
  })
  async jobEnded(
    @Args('dataset', { type: () => ID, nullable: true, description: DATASET_REF }) idOrName?: string | null,
  ): Promise<AsyncIterableIterator<JobType>> {
    const dataset = idOrName == null ? undefined : await this.datasets.resolve(idOrName);
    return watchEndings(this.queue, dataset?.id);
  }
}

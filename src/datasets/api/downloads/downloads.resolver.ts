import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { longList, pageOf } from '../../../common/index.ts';
import { JobType, toJobType } from '../../../jobs/index.ts';
import { DatasetsService } from '../../catalogue/datasets.service.ts';
import { DownloadsService } from '../../ledger/downloads.service.ts';
import { DATASET_REF } from '../datasets/dataset.type.ts';
import { DownloadsArgs, RetryDownloadsArgs } from './downloads.args.ts';
import {
  DownloadConnection,
  DownloadCountType,
  DownloadType,
  toDownloadCountType,
  toDownloadType,
} from './download.type.ts';

@Resolver(() => DownloadType)
export class DownloadsResolver {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly service: DownloadsService,
  ) {}

  @Query(() => DownloadConnection, {
    description: 'The URLs that imports into a dataset have tried to download.',
  })
  async downloads(@Args() { dataset, state, reasons, ...page }: DownloadsArgs): Promise<DownloadConnection> {
    const { id } = await this.datasets.resolve(dataset);
    const filter = { state: state ?? undefined, codes: reasons ?? undefined };
    return pageOf(page, {
      rows: (rows) => this.service.list(id, filter, rows),
      totalCount: () => this.service.count(id, filter),
      toNode: toDownloadType,
    });
  }

  @Query(() => [DownloadCountType], {
    complexity: longList,
    description:
      'The outcomes of the URLs of a dataset, grouped by host and reason. /datasets/:dataset/downloads.csv lists every URL.',
  })
  async downloadReport(
    @Args('dataset', { type: () => ID, description: DATASET_REF }) dataset: string,
  ): Promise<DownloadCountType[]> {
    const { id } = await this.datasets.resolve(dataset);
    return (await this.service.report(id)).map(toDownloadCountType);
  }

  @Mutation(() => JobType, {
    description:
      'Retries the images that a dataset lacks because their downloads failed: all of them, or those that failed for one of these reasons.',
  })
  async retryFailedDownloads(@Args() { dataset, reasons }: RetryDownloadsArgs): Promise<JobType> {
    const { id } = await this.datasets.resolve(dataset);
    return toJobType(await this.service.retryFailed(id, reasons ?? undefined));
  }
}

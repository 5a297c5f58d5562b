import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { idOf, longList, pageOf } from '../../common/index.ts';
import { JobType, toJobType } from '../../jobs/index.ts';
import { datasetNotFound } from '../datasets.errors.ts';
import { DownloadsService } from '../ledger/downloads.service.ts';
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
  constructor(private readonly service: DownloadsService) {}

  @Query(() => DownloadConnection, {
    description: 'The URLs that imports into a dataset have tried to download.',
  })
  async downloads(
    @Args() { datasetId, state, reasons, ...page }: DownloadsArgs,
  ): Promise<DownloadConnection> {
    const id = idOf('Dataset', datasetId, datasetNotFound);
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
      'The outcomes of the URLs of a dataset, grouped by host and reason. /datasets/:id/downloads.csv lists every URL.',
  })
  async downloadReport(
    @Args('datasetId', { type: () => ID }) datasetId: string,
  ): Promise<DownloadCountType[]> {
    return (await this.service.report(idOf('Dataset', datasetId, datasetNotFound))).map(toDownloadCountType);
  }

  @Mutation(() => JobType, {
    description:
      'Retries the images that a dataset lacks because their downloads failed: all of them, or those that failed for one of these reasons.',
  })
  async retryFailedDownloads(@Args() { datasetId, reasons }: RetryDownloadsArgs): Promise<JobType> {
    const job = await this.service.retryFailed(
      idOf('Dataset', datasetId, datasetNotFound),
      reasons ?? undefined,
    );
    return toJobType(job);
  }
}

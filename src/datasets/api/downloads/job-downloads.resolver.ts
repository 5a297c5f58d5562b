import DataLoader from 'dataloader';
import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { longList, rowOf } from '../../../common/index.ts';
import { JobKind, JobType, JobState } from '../../../jobs/index.ts';
import { DownloadsService } from '../../ledger/downloads.service.ts';
import { DownloadCountType, toDownloadCountType } from './download.type.ts';

const ACTIVE: readonly JobState[] = [JobState.QUEUED, JobState.RUNNING];

type Report = DownloadCountType[] | null;

/** Adds to jobs what only this app knows: the outcomes of an import's downloads. */
@Resolver(() => JobType)
export class JobDownloadsResolver {
  private readonly loaders = new WeakMap<object, DataLoader<number, Report>>();

  constructor(private readonly downloads: DownloadsService) {}

  @ResolveField(() => [DownloadCountType], {
    complexity: longList,
    nullable: true,
    description:
      'For an import that has ended: the outcomes of the URLs of its dataset, grouped by host and reason. ' +
      'Null until then, for other kinds of jobs, and if the dataset has been deleted.',
  })
  async downloadReport(@Parent() job: JobType, @Context() context: object): Promise<Report> {
    // The report reads the whole ledger, which is too much for each of a job's many progress updates.
    if (job.kind !== JobKind.IMPORT_DATASET || ACTIVE.includes(job.state)) return null;
    return this.loaderOf(context).load(rowOf(job.datasetId));
  }

  /** Reads each dataset's report once per request, however many of its jobs are asked about. */
  private loaderOf(context: object): DataLoader<number, Report> {
    const known = this.loaders.get(context);
    if (known !== undefined) return known;
    const loader = new DataLoader((ids: readonly number[]) =>
      Promise.all(ids.map((id) => this.report(id).catch((error: unknown) => error as Error))),
    );
    this.loaders.set(context, loader);
    return loader;
  }

  private async report(datasetId: number): Promise<Report> {
    const counts = await this.downloads.findReport(datasetId);
    return counts === undefined ? null : counts.map(toDownloadCountType);
  }
}

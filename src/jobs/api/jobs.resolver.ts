import { Args, ID, Mutation, Parent, Query, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import { idOf, longList, PageArgs, pageOf, parseId, rowOf } from '../../common/index.ts';
import { JobState } from '../job.ts';
import { JobQueue } from '../job-queue.ts';
import { watchJob } from './job-watch.ts';
import { jobNotFound } from '../jobs.errors.ts';
import { FailureCountType, ItemFailureConnection, JobConnection, JobType, toJobType } from './job.type.ts';

@Resolver(() => JobType)
export class JobsResolver {
  constructor(private readonly queue: JobQueue) {}

  @Query(() => JobType, { nullable: true, description: 'A job, or null if there is none with this id.' })
  async job(@Args('id', { type: () => ID }) id: string): Promise<JobType | null> {
    const known = parseId('Job', id);
    const job = known === undefined ? undefined : await this.queue.find(known);
    return job === undefined ? null : toJobType(job);
  }

  @Query(() => JobConnection, { description: 'Jobs, newest first.' })
  async jobs(
    @Args() page: PageArgs,
    @Args('state', { type: () => JobState, nullable: true }) state: JobState | null,
  ): Promise<JobConnection> {
    const filter = { state: state ?? undefined };
    return pageOf(page, {
      rows: (rows) => this.queue.list({ ...filter, ...rows }),
      totalCount: () => this.queue.count(filter),
      toNode: toJobType,
    });
  }

  @ResolveField(() => ItemFailureConnection, {
    description: 'The items that failed, in the order in which they failed.',
  })
  async failures(@Parent() job: JobType, @Args() page: PageArgs): Promise<ItemFailureConnection> {
    return pageOf(page, {
      rows: (rows) => this.queue.failures(rowOf(job.id), rows),
      totalCount: () => this.queue.countFailures(rowOf(job.id)),
      toNode: ({ item, code, message }) => ({ item, code, message }),
    });
  }

  @ResolveField(() => [FailureCountType], {
    description: 'The number of items that failed for each reason, the most frequent first.',
    complexity: longList,
  })
  async failureCounts(@Parent() job: JobType): Promise<FailureCountType[]> {
    return this.queue.countFailuresByCode(rowOf(job.id));
  }

  @Mutation(() => JobType, {
    description:
      'Cancels a job: immediately if it is queued, within a second if it is running. What it has finished stays.',
  })
  async cancelJob(@Args('id', { type: () => ID }) id: string): Promise<JobType> {
    return toJobType(await this.queue.cancel(idOf('Job', id, jobNotFound)));
  }

  @Subscription(() => JobType, {
    description: 'The job as it is now and after each change, at most twice per second, until it has ended.',
    resolve: (job: JobType) => job,
  })
  async jobProgress(@Args('id', { type: () => ID }) id: string): Promise<AsyncIterableIterator<JobType>> {
    const job = await this.queue.get(idOf('Job', id, jobNotFound));
    return watchJob(this.queue, job.id);
  }
}

import { Args, ID, Mutation, Parent, Query, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import { findId, idOf, PageArgs, pageOf } from '../../common/index.ts';
import { JobState } from '../job.ts';
import { JobQueue } from '../job-queue.ts';
import { watchJob } from './job-watch.ts';
import { jobNotFound } from '../jobs.errors.ts';
import { ItemFailureConnection, JobConnection, JobModel, toJobModel } from './job.type.ts';

@Resolver(() => JobModel)
export class JobsResolver {
  constructor(private readonly queue: JobQueue) {}

  @Query(() => JobModel, { nullable: true, description: 'A job, or null if there is none with this id.' })
  async job(@Args('id', { type: () => ID }) id: string): Promise<JobModel | null> {
    const known = findId(id);
    const job = known === undefined ? undefined : await this.queue.find(known);
    return job === undefined ? null : toJobModel(job);
  }

  @Query(() => JobConnection, { description: 'Jobs, newest first.' })
  async jobs(
    @Args() page: PageArgs,
    @Args('state', { type: () => JobState, nullable: true }) state: JobState | null,
  ): Promise<JobConnection> {
    const filter = { state: state ?? undefined };
    return pageOf(page, {
      rows: ({ after, limit }) => this.queue.list({ ...filter, before: after, limit }),
      totalCount: () => this.queue.count(filter),
      toNode: toJobModel,
    });
  }

  @ResolveField(() => ItemFailureConnection, { description: 'The items that failed, in the order they did.' })
  async failures(@Parent() job: JobModel, @Args() page: PageArgs): Promise<ItemFailureConnection> {
    return pageOf(page, {
      rows: ({ after, limit }) => this.queue.failures(Number(job.id), { after, limit }),
      totalCount: () => this.queue.countFailures(Number(job.id)),
      toNode: ({ item, code, message }) => ({ item, code, message }),
    });
  }

  @Mutation(() => JobModel, {
    description:
      'Cancels a job: at once where it is queued, within a second where it runs. What it had finished stays.',
  })
  async cancelJob(@Args('id', { type: () => ID }) id: string): Promise<JobModel> {
    return toJobModel(await this.queue.cancel(idOf(id, jobNotFound)));
  }

  @Subscription(() => JobModel, {
    description: 'The job as it is now and after each change, at most twice a second, until it has ended.',
    resolve: (job: JobModel) => job,
  })
  async jobProgress(@Args('id', { type: () => ID }) id: string): Promise<AsyncIterableIterator<JobModel>> {
    const job = await this.queue.get(idOf(id, jobNotFound));
    return watchJob(this.queue, job.id);
  }
}

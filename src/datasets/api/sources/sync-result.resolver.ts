import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { rowOf } from '../../../common/index.ts';
import { JobKind, JobType } from '../../../jobs/index.ts';
import { SyncRuns } from '../../sync/sync-runs.ts';
import { SyncResultType } from './sync-result.type.ts';

/** Adds to jobs what only this app knows: what a synchronisation has done. */
@Resolver(() => JobType)
export class SyncResultResolver {
  constructor(private readonly syncs: SyncRuns) {}

  @ResolveField(() => SyncResultType, {
    nullable: true,
    description:
      'For an import that has brought its dataset in step with its source: what it has done. Null otherwise.',
  })
  async syncResult(@Parent() job: JobType): Promise<SyncResultType | null> {
    if (job.kind !== JobKind.IMPORT_DATASET) return null;
    const counts = await this.syncs.findResult(rowOf(job.id));
    return counts === undefined ? null : Object.assign(new SyncResultType(), counts);
  }
}

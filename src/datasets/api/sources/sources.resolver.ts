import { Args, Context, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { PageArgs, pageOf } from '../../../common/index.ts';
import { JobQueue, JobType, toJobType } from '../../../jobs/index.ts';
import { ImportPreviews } from '../../import/import-previews.service.ts';
import { RequestedSources } from '../../import/requested-sources.ts';
import type { ImportSource } from '../../import/import-input.ts';
import { keptSourceInvalid } from '../../datasets.errors.ts';
import type { SyncRequest } from '../../kept-sources/kept-source.ts';
import { KeptSources, type SourceChanges } from '../../kept-sources/kept-sources.service.ts';
import type { RequestedSchedule } from '../../kept-sources/schedule.ts';
import type { ImportDatasetInput } from '../imports/import-dataset.input.ts';
import { ImportPreviewType, toImportPreviewType } from '../imports/import-preview.type.ts';
import { requestedSource, selectionOf, syncOptions } from '../imports/requested-import.ts';
import {
  AddSourceInput,
  type SourceScheduleInput,
  SyncSourceArgs,
  UpdateSourceInput,
} from './source.input.ts';
import { SourceConnection, SourceType, toSourceType } from './source.type.ts';

const UNTRUSTED = { trusted: false };

@Resolver(() => SourceType)
export class SourcesResolver {
  constructor(
    private readonly kept: KeptSources,
    private readonly requested: RequestedSources,
    private readonly previews: ImportPreviews,
    private readonly jobs: JobQueue,
  ) {}

  @Query(() => SourceConnection, {
    description: 'The sources that are kept under names, in the order in which they were added.',
  })
  async sources(
    @Args() page: PageArgs,
    @Args('dataset', {
      type: () => String,
      nullable: true,
      description: 'Only those that feed the dataset of this name.',
    })
    dataset: string | null,
  ): Promise<SourceConnection> {
    return pageOf(page, {
      rows: (rows) => this.kept.list(rows, dataset ?? undefined),
      totalCount: () => this.kept.count(dataset ?? undefined),
      toNode: toSourceType,
    });
  }

  @Query(() => SourceType, {
    nullable: true,
    description: 'The source with this name, or null if there is none.',
  })
  async source(@Args('name', { type: () => String }) name: string): Promise<SourceType | null> {
    const source = await this.kept.find(name);
    return source === undefined ? null : toSourceType(source);
  }

  @ResolveField(() => JobType, { nullable: true, description: 'The last run; null before the first.' })
  async lastJob(@Parent() { lastJobId }: SourceType): Promise<JobType | null> {
    const job = lastJobId === null ? undefined : await this.jobs.find(lastJobId);
    return job === undefined ? null : toJobType(job);
  }

  @Mutation(() => SourceType, {
    description: 'Keeps a source under a name, with its options. Nothing is imported yet.',
  })
  async addSource(
    @Args('input', { type: () => AddSourceInput }) { name, import: input, schedule, watch }: AddSourceInput,
  ): Promise<SourceType> {
    const request = await this.requestOf(input);
    const wanted = schedule == null ? {} : { schedule: scheduleOf(schedule) };
    return toSourceType(await this.kept.add({ name, request, watch, ...wanted }, UNTRUSTED));
  }

  @Mutation(() => SourceType, { description: 'Changes the options of a source, its schedule, or both.' })
  async updateSource(
    @Args('name', { type: () => String }) name: string,
    @Args('input', { type: () => UpdateSourceInput })
    { import: input, schedule, watch, ...run }: UpdateSourceInput,
  ): Promise<SourceType> {
    const options = runOptions(run);
    const changes = {
      ...(input == null ? {} : { request: await this.requestOf(input) }),
      ...(schedule === undefined ? {} : { schedule: schedule && scheduleOf(schedule) }),
      ...(watch == null ? {} : { watch }),
      ...(Object.keys(options).length === 0 ? {} : { run: options }),
    };
    return toSourceType(await this.kept.update(name, changes, UNTRUSTED));
  }

  @Mutation(() => Boolean, { description: 'Forgets a source. The images that it has brought stay.' })
  async removeSource(@Args('name', { type: () => String }) name: string): Promise<boolean> {
    await this.kept.remove(name);
    return true;
  }

  @Mutation(() => JobType, {
    description:
      'Brings the dataset of a source in step with it. If that is under way already, its job is returned.',
  })
  async syncSource(
    @Args('name', { type: () => String }) name: string,
    @Args() { maxDelete }: SyncSourceArgs,
  ): Promise<JobType> {
    return toJobType(await this.kept.sync(name, maxDelete == null ? {} : { maxDelete }));
  }

  @Mutation(() => ImportPreviewType, {
    description:
      'Counts what synchronising with a source would do, without changing anything. It is a mutation because it reads the source, and downloads annotations if necessary.',
  })
  async previewSource(
    @Args('name', { type: () => String }) name: string,
    @Context('signal') signal: AbortSignal,
  ): Promise<ImportPreviewType> {
    const { request, trusted } = await this.kept.get(name);
    return toImportPreviewType(await this.previews.preview(request, { trusted }, signal));
  }

  private async requestOf(input: ImportDatasetInput): Promise<SyncRequest> {
    return {
      dataset: input.dataset,
      source: await this.sourceOf(input),
      ...selectionOf(input),
      sync: syncOptions(input),
    };
  }

  private async sourceOf(input: ImportDatasetInput): Promise<ImportSource> {
    if (input.annotations != null || input.stage != null) {
      throw keptSourceInvalid(
        'Uploaded files are gone after their import. Name a path on the server or a URL.',
      );
    }
    return this.requested.toLastingSource(requestedSource(input));
  }
}

function scheduleOf({ every, cron, timeZone }: SourceScheduleInput): RequestedSchedule {
  return {
    ...(every == null ? {} : { every }),
    ...(cron == null ? {} : { cron }),
    ...(timeZone == null ? {} : { timeZone }),
  };
}

/** Omitted options stay; a limit that is null returns to its default. */
function runOptions({
  maxDelete,
  maxFailures,
  overwrite,
  compare,
}: Omit<UpdateSourceInput, 'import' | 'schedule' | 'watch'>): NonNullable<SourceChanges['run']> {
  return {
    ...(maxDelete === undefined ? {} : { maxDelete: maxDelete ?? undefined }),
    ...(maxFailures === undefined ? {} : { maxFailures: maxFailures ?? undefined }),
    ...(overwrite == null ? {} : { overwrite }),
    ...(compare == null ? {} : { compare }),
  };
}

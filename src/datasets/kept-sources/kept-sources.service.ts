import { Injectable } from '@nestjs/common';
import { nearNames, publicError } from '../../common/index.ts';
import type { RowPage } from '../../database/index.ts';
import { isActive, JobQueue, type Job } from '../../jobs/index.ts';
import {
  DATASET_NAME,
  keptSourceExists,
  keptSourceInvalid,
  keptSourceNotFound,
  keptSourcesTooMany,
} from '../datasets.errors.ts';
import { uploadOf, type SyncOptions } from '../import/import-input.ts';
import type { ImportCaller } from '../import/import-paths.ts';
import { ImportsService } from '../import/imports.service.ts';
import { SyncRuns } from '../sync/sync-runs.ts';
import type { KeptSource, LastRun, SyncRequest } from './kept-source.ts';
import { KeptSourceRepository } from './kept-source.repository.ts';
import { nextRunOf, parseSchedule, type RequestedSchedule, type Schedule } from './schedule.ts';

/** One synchronisation of each can be under way, and the server looks at all of them again and again. */
const MOST_SOURCES = 1_000;

export interface SourceToKeep {
  readonly name: string;
  readonly request: SyncRequest;
  readonly schedule?: RequestedSchedule;
  /** Whether the server synchronises when something has changed. */
  readonly watch?: boolean;
}

/** What to change of a source; what is omitted stays. */
export interface SourceChanges {
  readonly request?: SyncRequest;
  /** Null turns the schedule off. */
  readonly schedule?: RequestedSchedule | null;
  readonly watch?: boolean;
  /** The options of its runs, over those of `request`; undefined returns to the default. */
  readonly run?: Partial<SyncOptions> & Pick<SyncRequest, 'maxFailures'>;
}

/** The sources that are kept under names with the options of their imports, and synchronised with by name. */
@Injectable()
export class KeptSources {
  /** Milliseconds since the epoch; replaced in tests. */
  now: () => number = () => Date.now();

  constructor(
    private readonly repository: KeptSourceRepository,
    private readonly imports: ImportsService,
    private readonly jobs: JobQueue,
    private readonly syncs: SyncRuns,
  ) {}

  /**
   * Keeps a source. Its options are checked as those of an import are, and rejected with the same errors; also
   * rejects with `KEPT_SOURCE_INVALID`, `KEPT_SOURCE_EXISTS`, `KEPT_SOURCES_TOO_MANY` and `SCHEDULE_INVALID`.
   */
  async add(
    { name, request, schedule, watch = false }: SourceToKeep,
    caller: ImportCaller,
  ): Promise<KeptSource> {
    if (!DATASET_NAME.test(name)) {
      throw keptSourceInvalid(
        'The name of a source has 1 to 63 lower-case letters, digits and hyphens, and begins with a letter or digit.',
      );
    }
    const parsed = schedule === undefined ? null : parseSchedule(schedule);
    await this.assertKeepable(request, watch, caller);
    const facts = { name, request, trusted: caller.trusted, watch, ...this.timesOf(parsed) };
    const added = await this.repository.insert(facts, MOST_SOURCES);
    if (added === 'exists') throw keptSourceExists(name);
    if (added === 'full') throw keptSourcesTooMany(MOST_SOURCES);
    return added;
  }

  /** Rejects as `add` does, and with `KEPT_SOURCE_NOT_FOUND`. */
  async update(name: string, changes: SourceChanges, caller: ImportCaller): Promise<KeptSource> {
    const source = await this.get(name);
    const { watch = source.watch } = changes;
    const request = withRun(changes.request ?? source.request, changes.run);
    const trusted = changes.request === undefined ? source.trusted : caller.trusted;
    const times =
      changes.schedule === undefined
        ? { schedule: source.schedule, nextRunAt: source.nextRunAt }
        : this.timesOf(changes.schedule === null ? null : parseSchedule(changes.schedule));
    if ((changes.request ?? changes.run) !== undefined || changes.watch === true) {
      await this.assertKeepable(request, watch, { trusted });
    }
    const updated = await this.repository.update(source.id, { name, request, trusted, watch, ...times });
    return updated ?? this.get(name);
  }

  /** What it has brought stays. Rejects with `KEPT_SOURCE_NOT_FOUND`. */
  async remove(name: string): Promise<void> {
    const { id } = await this.get(name);
    await this.repository.delete(id);
  }

  /** Rejects with `KEPT_SOURCE_NOT_FOUND`. */
  async get(name: string): Promise<KeptSource> {
    const source = await this.find(name);
    if (source === undefined)
      throw keptSourceNotFound(name, nearNames(name, await this.repository.listNames()));
    return source;
  }

  find(name: string): Promise<KeptSource | undefined> {
    return this.repository.findByName(name);
  }

  /** Of one dataset or of all, in the order in which they were added. */
  list(page: RowPage, dataset?: string): Promise<KeptSource[]> {
    return this.repository.list(page, dataset);
  }

  async all(): Promise<KeptSource[]> {
    return this.list({ limit: MOST_SOURCES });
  }

  count(dataset?: string): Promise<number> {
    return this.repository.count(dataset);
  }

  /** Undefined before the first run. */
  async lastRun({ lastJobId }: KeptSource): Promise<LastRun | undefined> {
    const job = lastJobId === null ? undefined : await this.jobs.find(lastJobId);
    return job && { job, counts: await this.syncs.findResult(job.id) };
  }

  async isRunning({ lastJobId }: KeptSource): Promise<boolean> {
    const job = lastJobId === null ? undefined : await this.jobs.find(lastJobId);
    return job !== undefined && isActive(job);
  }

  /**
   * Queues a synchronisation with a source, or returns the one that is queued or running. `maxDelete`, 0 to 1, is for
   * this run only. Rejects with `KEPT_SOURCE_NOT_FOUND`, and as an import does, which is then noted as the problem of
   * the source.
   */
  async sync(name: string, { maxDelete }: Pick<SyncOptions, 'maxDelete'> = {}): Promise<Job> {
    const source = await this.get(name);
    const request = withRun(source.request, maxDelete === undefined ? undefined : { maxDelete });
    return this.syncWith({ ...source, request });
  }

  async syncWith({ id, request, trusted }: KeptSource): Promise<Job> {
    try {
      const job = await this.imports.enqueueImport(request, { trusted });
      await this.repository.noteRun(id, job.id);
      return job;
    } catch (error) {
      const { message, extensions } = publicError(error);
      await this.repository.noteProblem(id, { code: extensions.code, message, at: new Date(this.now()) });
      throw error;
    }
  }

  private async assertKeepable(request: SyncRequest, watch: boolean, caller: ImportCaller): Promise<void> {
    const { source } = request;
    if (uploadOf(source) !== undefined || source.stage !== undefined) {
      throw keptSourceInvalid(
        'Uploaded files are gone after their import. Name a path on the server or a URL.',
      );
    }
    if (watch && (source.kind === 'feed' || source.kind === 'bucket')) {
      throw keptSourceInvalid('A URL cannot be watched. Give it a schedule instead.');
    }
    await this.imports.resolveInput(request, caller);
  }

  private timesOf(schedule: Schedule | null): Pick<KeptSource, 'schedule' | 'nextRunAt'> {
    return { schedule, nextRunAt: schedule && nextRunOf(schedule, new Date(this.now())) };
  }
}

function withRun(request: SyncRequest, run: SourceChanges['run']): SyncRequest {
  if (run === undefined) return request;
  const { maxFailures, ...sync } = { maxFailures: request.maxFailures, ...run };
  return { ...request, maxFailures, sync: { ...request.sync, ...sync } };
}

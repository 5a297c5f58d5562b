import { Injectable } from '@nestjs/common';
import type { Kysely, Selectable } from 'kysely';
import { Database, inPage, type RowPage } from '../../database/index.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import type { KeptSource, SourceProblem, SyncRequest } from './kept-source.ts';
import type { Schedule } from './schedule.ts';

/** What can be told about a source. */
export type KeptSourceFacts = Pick<
  KeptSource,
  'name' | 'request' | 'trusted' | 'schedule' | 'watch' | 'nextRunAt'
>;

/** The rows of the sources that are kept under names. */
@Injectable()
export class KeptSourceRepository {
  private readonly db: Kysely<DatasetsTables>;

  constructor(private readonly database: Database) {
    this.db = database.tables<DatasetsTables>();
  }

  /** Adds a source unless there is one of this name, or there are `most` already. */
  async insert(facts: KeptSourceFacts, most: number): Promise<KeptSource | 'exists' | 'full'> {
    return this.db.transaction().execute(async (transaction) => {
      const { sources } = await transaction
        .selectFrom('kept_sources')
        .select((eb) => eb.fn.countAll<number>().as('sources'))
        .executeTakeFirstOrThrow();
      const row = await transaction
        .insertInto('kept_sources')
        .values({ ...toColumns(facts), last_job_id: null, problem: null, created_at: Date.now() })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) return 'exists';
      if (sources < most) return toSource(row);
      await transaction.deleteFrom('kept_sources').where('id', '=', row.id).execute();
      return 'full';
    });
  }

  /** Undefined if there is no such source any more. */
  async update(id: number, facts: KeptSourceFacts): Promise<KeptSource | undefined> {
    const row = await this.db
      .updateTable('kept_sources')
      .set({ ...toColumns(facts), problem: null })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst();
    return row && toSource(row);
  }

  async delete(id: number): Promise<void> {
    await this.database.makingRoom(() => this.db.deleteFrom('kept_sources').where('id', '=', id).execute());
  }

  async find(id: number): Promise<KeptSource | undefined> {
    const row = await this.db.selectFrom('kept_sources').selectAll().where('id', '=', id).executeTakeFirst();
    return row && toSource(row);
  }

  async findByName(name: string): Promise<KeptSource | undefined> {
    const row = await this.db
      .selectFrom('kept_sources')
      .selectAll()
      .where('name', '=', name)
      .executeTakeFirst();
    return row && toSource(row);
  }

  async list(page: RowPage, dataset?: string): Promise<KeptSource[]> {
    const rows = await inPage(this.of(dataset).selectAll(), 'id', page).execute();
    return rows.map(toSource);
  }

  async listNames(): Promise<string[]> {
    const rows = await this.db.selectFrom('kept_sources').select('name').orderBy('name').execute();
    return rows.map(({ name }) => name);
  }

  async count(dataset?: string): Promise<number> {
    const { sources } = await this.of(dataset)
      .select((eb) => eb.fn.countAll<number>().as('sources'))
      .executeTakeFirstOrThrow();
    return sources;
  }

  /** Those that the server synchronises by itself. */
  async listAutomatic(): Promise<KeptSource[]> {
    const rows = await this.db
      .selectFrom('kept_sources')
      .selectAll()
      .where((eb) => eb.or([eb('schedule', 'is not', null), eb('watch', '=', 1)]))
      .orderBy('id')
      .execute();
    return rows.map(toSource);
  }

  async noteRun(id: number, jobId: number): Promise<void> {
    await this.db
      .updateTable('kept_sources')
      .set({ last_job_id: jobId, problem: null })
      .where('id', '=', id)
      .execute();
  }

  async noteProblem(id: number, problem: SourceProblem): Promise<void> {
    await this.db
      .updateTable('kept_sources')
      .set({ problem: JSON.stringify(problem) })
      .where('id', '=', id)
      .execute();
  }

  /** Moves the next run, unless it has been moved from `due` meanwhile. */
  async moveNextRun(id: number, due: Date, next: Date): Promise<void> {
    await this.db
      .updateTable('kept_sources')
      .set({ next_run_at: next.getTime() })
      .where('id', '=', id)
      .where('next_run_at', '=', due.getTime())
      .execute();
  }

  private of(dataset: string | undefined) {
    const sources = this.db.selectFrom('kept_sources');
    return dataset === undefined ? sources : sources.where('dataset', '=', dataset);
  }

  /** Turns the schedules and watches of all sources of a dataset off. */
  async pauseThoseOf(dataset: string): Promise<void> {
    await this.database.makingRoom(() =>
      this.db
        .updateTable('kept_sources')
        .set({ schedule: null, next_run_at: null, watch: 0 })
        .where('dataset', '=', dataset)
        .execute(),
    );
  }
}

function toColumns({ name, request, trusted, schedule, watch, nextRunAt }: KeptSourceFacts) {
  return {
    name,
    dataset: request.dataset,
    request: JSON.stringify(request),
    trusted: trusted ? 1 : 0,
    schedule: schedule && JSON.stringify(schedule),
    watch: watch ? 1 : 0,
    next_run_at: nextRunAt?.getTime() ?? null,
  };
}

function toSource(row: Selectable<DatasetsTables['kept_sources']>): KeptSource {
  return {
    id: row.id,
    name: row.name,
    request: JSON.parse(row.request) as SyncRequest,
    trusted: row.trusted === 1,
    schedule: row.schedule === null ? null : (JSON.parse(row.schedule) as Schedule),
    watch: row.watch === 1,
    nextRunAt: row.next_run_at === null ? null : new Date(row.next_run_at),
    lastJobId: row.last_job_id,
    problem: row.problem === null ? null : toProblem(row.problem),
    createdAt: new Date(row.created_at),
  };
}

function toProblem(json: string): SourceProblem {
  const { code, message, at } = JSON.parse(json) as Record<keyof SourceProblem, string>;
  return { code, message, at: new Date(at) };
}

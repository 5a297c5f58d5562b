import { Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../../common/index.ts';
import { Database, SoleWorker } from '../../database/index.ts';
import type { KeptSource } from './kept-source.ts';
import { KeptSourceRepository } from './kept-source.repository.ts';
import { KeptSources } from './kept-sources.service.ts';
import { nextRunOf } from './schedule.ts';
import { SourceWatches } from './source-watches.ts';

/**
 * Synchronises with kept sources when they are due, or have changed. A source has one run at a time; one that comes due
 * or changes meanwhile, or while no server runs, has one run afterwards, however often it was due.
 *
 * Every server on the data folder has a scheduler, and the one that holds a lock acts. If its process ends, another
 * takes over.
 */
@Injectable()
export class SourceScheduler {
  /** Milliseconds since the epoch; replaced in tests. */
  now: () => number = () => Date.now();
  private readonly logger = new Logger('Sources');
  private readonly worker: SoleWorker;

  constructor(
    private readonly repository: KeptSourceRepository,
    private readonly sources: KeptSources,
    private readonly watches: SourceWatches,
    database: Database,
  ) {
    this.worker = new SoleWorker(
      database,
      'sources',
      () => this.runAllDue(),
      (fault) =>
        this.logger.error(`The kept sources cannot be looked after; retrying until it works. ${fault}`),
    );
  }

  start(): void {
    this.worker.start();
  }

  /** Lets another process act. Runs that are under way continue. */
  async stop(): Promise<void> {
    await this.worker.stop(() => this.watches.close());
  }

  /** Starts what is due, if this process is the one to do it. */
  async look(): Promise<void> {
    await this.worker.act();
  }

  private async runAllDue(): Promise<void> {
    const sources = await this.repository.listAutomatic();
    await this.watches.watchOnly(
      sources.filter(({ watch }) => watch),
      this.now,
    );
    for (const source of sources) await this.runIfDue(source);
  }

  private async runIfDue(source: KeptSource): Promise<void> {
    const { id, schedule, nextRunAt: due } = source;
    const now = new Date(this.now());
    const isDue = schedule !== null && due !== null && due <= now;
    if (!isDue && !this.watches.hasSettled(source, now.getTime())) return;
    if (await this.sources.isRunning(source)) return;
    this.watches.taken(source);
    await this.sync(source);
    if (isDue) await this.repository.moveNextRun(id, due, nextRunOf(schedule, now, due));
  }

  /** What keeps a run from being queued is noted at the source, which stays as it is until it is due again. */
  private async sync(source: KeptSource): Promise<void> {
    try {
      await this.sources.syncWith(source);
    } catch (error) {
      this.logger.warn(`The source "${source.name}" was not synchronised with: ${messageOf(error)}`);
    }
  }
}

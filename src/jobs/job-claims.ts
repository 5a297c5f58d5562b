import { Injectable, Logger } from '@nestjs/common';
import type { Job } from './job.ts';
import { JobRepository } from './job.repository.ts';
import { ProcessPresence } from './process-presence.ts';

/** Agrees with the other processes on the same data which process runs which job. */
@Injectable()
export class JobClaims {
  private readonly logger = new Logger('Jobs');

  constructor(
    private readonly repository: JobRepository,
    private readonly presence: ProcessPresence,
  ) {}

  /** Claims the oldest queued job whose dataset has no running job: of all datasets, or of one. */
  claimNext(datasetId: number | undefined): Promise<Job | undefined> {
    return this.repository.claimNext(this.presence.id, datasetId);
  }

  /**
   * Returns the jobs of processes that no longer exist to the queue. If one cannot be returned, the
   * others still are; the first error is thrown afterwards.
   */
  async recoverOrphans(): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    for (const { id, owner } of await this.repository.listRunning()) {
      try {
        await this.recoverIfOrphaned(id, owner);
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
  }

  private async recoverIfOrphaned(id: number, owner: string | null): Promise<void> {
    if (owner !== null && this.presence.isAlive(owner)) return;
    if (!(await this.repository.returnToQueue(id, owner))) return;
    this.logger.log(`Job ${id} returned to the queue because the process that ran it is gone`);
  }
}

import { Injectable } from '@nestjs/common';
import type { JobHandler } from './job-handler.port.ts';
import { JobKind } from './job.ts';

/** The handlers of all kinds of jobs. Apps register theirs when their module starts. */
@Injectable()
export class JobHandlers {
  private readonly byKind = new Map<JobKind, JobHandler>();

  register(handler: JobHandler): void {
    if (this.byKind.has(handler.kind))
      throw new Error(`There are two handlers for jobs of kind ${handler.kind}`);
    this.byKind.set(handler.kind, handler);
  }

  getHandler(kind: JobKind): JobHandler {
    const handler = this.byKind.get(kind);
    if (handler === undefined) throw new Error(`There is no handler for jobs of kind ${kind}`);
    return handler;
  }

  /** Throws if a kind of job has no handler, so that this shows at start-up and not with the first job. */
  assertComplete(): void {
    for (const kind of Object.values(JobKind)) this.getHandler(kind);
  }
}

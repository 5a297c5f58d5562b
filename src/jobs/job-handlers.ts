import { Injectable } from '@nestjs/common';
import type { JobHandler } from './job-handler.port.ts';
import { JobKind } from './job.ts';

/** Which handler does which kind of job. Apps register theirs when their module starts. */
@Injectable()
export class JobHandlers {
  private readonly byKind = new Map<JobKind, JobHandler>();

  register(handler: JobHandler): void {
    if (this.byKind.has(handler.kind)) throw new Error(`Two handlers for jobs of kind ${handler.kind}`);
    this.byKind.set(handler.kind, handler);
  }

  of(kind: JobKind): JobHandler {
    const handler = this.byKind.get(kind);
    if (handler === undefined) throw new Error(`No handler for jobs of kind ${kind}`);
    return handler;
  }

  /** Throws where a kind has no handler: better at start than at the first job. */
  assertComplete(): void {
    for (const kind of Object.values(JobKind)) this.of(kind);
  }
}

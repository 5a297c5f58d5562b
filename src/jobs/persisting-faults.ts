import { Logger } from '@nestjs/common';
import { isStorageFull, messageOf, storageFull } from '../common/index.ts';

/** Faults of operations that are retried until they work. Each is logged once, not at every attempt. */
export class PersistingFaults {
  private readonly logger = new Logger('Jobs');
  private readonly faults = new Map<string, { error: unknown; since: number; logged: string }>();

  /** `what` is a sentence without its full stop, such as "The queue cannot be read". */
  met(what: string, error: unknown): void {
    const message = messageOf(error);
    const before = this.faults.get(what);
    this.faults.set(what, { error, since: before?.since ?? performance.now(), logged: message });
    if (before?.logged === message) return;
    const cause = isStorageFull(error) || !(error instanceof Error) ? message : (error.stack ?? message);
    this.logger.error(`${what}; retrying until it works. ${cause}`);
  }

  over(what: string): void {
    if (this.faults.delete(what)) this.logger.log(`${what}: this is resolved`);
  }

  /** The error of an operation that has been failing for more than `ms` milliseconds. */
  lasting(what: string, ms: number): Error | undefined {
    const fault = this.faults.get(what);
    if (fault === undefined || performance.now() - fault.since <= ms) return undefined;
    const { error } = fault;
    if (isStorageFull(error)) return storageFull(error);
    return error instanceof Error ? error : new Error(messageOf(error));
  }
}

import { Logger } from '@nestjs/common';
import { isStorageFull, messageOf, storageFull } from '../common/index.ts';

/** What does not work at the moment and is tried again and again: told once, and not at each attempt. */
export class PersistingFaults {
  private readonly logger = new Logger('Jobs');
  private readonly faults = new Map<string, { error: unknown; since: number; told: string }>();

  /** `what`: a sentence without its end, such as "The queue cannot be read". */
  met(what: string, error: unknown): void {
    const message = messageOf(error);
    const before = this.faults.get(what);
    this.faults.set(what, { error, since: before?.since ?? performance.now(), told: message });
    if (before?.told === message) return;
    const cause = isStorageFull(error) || !(error instanceof Error) ? message : (error.stack ?? message);
    this.logger.error(`${what}; trying again until it works. ${cause}`);
  }

  over(what: string): void {
    if (this.faults.delete(what)) this.logger.log(`${what}: this is over`);
  }

  /** What has been failing for longer than so many milliseconds, as an error to throw. */
  lasting(what: string, ms: number): Error | undefined {
    const fault = this.faults.get(what);
    if (fault === undefined || performance.now() - fault.since <= ms) return undefined;
    const { error } = fault;
    if (isStorageFull(error)) return storageFull(error);
    return error instanceof Error ? error : new Error(messageOf(error));
  }
}

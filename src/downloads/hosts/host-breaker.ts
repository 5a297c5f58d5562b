import type { Clock } from '../clock.ts';

/** How long a host is left alone before one more request finds out whether it is back, milliseconds. */
export const PROBE_AFTER_MS = 10_000;

/** Hosts in trouble that are remembered; the ones longest without a failure are forgotten first. */
const MAX_HOSTS = 10_000;

interface Trouble {
  failures: number;
  /** When a request may be tried; 0 while the host is still asked as usual. */
  probeAt: number;
}

/**
 * Gives up hosts that cannot be reached, so that the many URLs of a dead one fail at once in place of
 * waiting out their time limits one after the other.
 *
 * After so many URLs in a row that got no answer, a host is down: nothing is asked of it but a
 * request every `PROBE_AFTER_MS`. The first answer, whatever it says, ends that. (A circuit breaker:
 * https://martinfowler.com/bliki/CircuitBreaker.html)
 */
export class HostBreaker {
  private readonly troubles = new Map<string, Trouble>();

  constructor(
    /** URLs in a row without an answer, 1 or more; 0: no host is ever down. */
    private readonly failures: number,
    private readonly clock: Clock,
  ) {}

  /** Whether to ask nothing of it at the moment. */
  isDown(origin: string): boolean {
    const trouble = this.troubles.get(origin);
    return trouble !== undefined && this.clock.now() < trouble.probeAt;
  }

  /** Whether this request may go out. Where it is a probe, none other goes with it. */
  letThrough(origin: string): boolean {
    const trouble = this.troubles.get(origin);
    if (trouble === undefined || trouble.probeAt === 0) return true;
    if (this.clock.now() < trouble.probeAt) return false;
    // Should the probe never tell, another follows.
    trouble.probeAt = this.clock.now() + PROBE_AFTER_MS;
    return true;
  }

  answered(origin: string): void {
    this.troubles.delete(origin);
  }

  /** One of its URLs failed for good, without an answer. */
  failed(origin: string): void {
    if (this.failures === 0) return;
    const trouble = this.troubles.get(origin) ?? { failures: 0, probeAt: 0 };
    trouble.failures += 1;
    if (trouble.failures >= this.failures) trouble.probeAt = this.clock.now() + PROBE_AFTER_MS;
    // To the end of the line.
    this.troubles.delete(origin);
    this.troubles.set(origin, trouble);
    const [first] = this.troubles.keys();
    if (this.troubles.size > MAX_HOSTS && first !== undefined) this.troubles.delete(first);
  }

  /** Hosts that are remembered. */
  get hosts(): number {
    return this.troubles.size;
  }
}

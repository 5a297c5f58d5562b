import type { Clock } from '../clock.ts';

/** How long a host is left alone before a request checks whether it is back, in milliseconds. */
export const PROBE_AFTER_MS = 10_000;

/** How many failing hosts are remembered. Those whose last failure is the longest ago are forgotten first. */
const MAX_HOSTS = 10_000;

interface Trouble {
  failures: number;
  /** When to send a request that checks the host; 0 while the host is not down. */
  probeAt: number;
}

/**
 * Gives up on hosts that cannot be reached, so that the many URLs of a dead host fail immediately instead of
 * timing out one after the other.
 *
 * After a number of URLs in a row without any answer, a host is down: it receives no requests except one every
 * `PROBE_AFTER_MS`. Any answer, whatever its status, brings it back. (A circuit breaker:
 * https://martinfowler.com/bliki/CircuitBreaker.html)
 */
export class HostBreaker {
  private readonly troubles = new Map<string, Trouble>();

  constructor(
    /** URLs in a row without an answer after which a host is down; 0 if no host ever is. */
    private readonly failures: number,
    private readonly clock: Clock,
  ) {}

  /** Whether to send it no requests at the moment. */
  isDown(origin: string): boolean {
    const trouble = this.troubles.get(origin);
    return trouble !== undefined && this.clock.now() < trouble.probeAt;
  }

  /** Whether this request may be sent. If it is the one that checks the host, no other is let through with it. */
  letThrough(origin: string): boolean {
    const trouble = this.troubles.get(origin);
    if (trouble === undefined || trouble.probeAt === 0) return true;
    if (this.clock.now() < trouble.probeAt) return false;
    // If this request never reports back, another one follows.
    trouble.probeAt = this.clock.now() + PROBE_AFTER_MS;
    return true;
  }

  /** The host answered something. */
  answered(origin: string): void {
    this.troubles.delete(origin);
  }

  /** One of its URLs failed for good without an answer. */
  failed(origin: string): void {
    if (this.failures === 0) return;
    const trouble = this.troubles.get(origin) ?? { failures: 0, probeAt: 0 };
    trouble.failures += 1;
    if (trouble.failures >= this.failures) trouble.probeAt = this.clock.now() + PROBE_AFTER_MS;
    // Moves it to the end, as the most recent failure.
    this.troubles.delete(origin);
    this.troubles.set(origin, trouble);
    const [first] = this.troubles.keys();
    if (this.troubles.size > MAX_HOSTS && first !== undefined) this.troubles.delete(first);
  }

  /** The number of hosts that are remembered. */
  get hosts(): number {
    return this.troubles.size;
  }
}

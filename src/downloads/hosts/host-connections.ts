import { Client, type buildConnector } from 'undici';

/** Clients without a request that are kept for their open connections, over all hosts. */
const MAX_IDLE = 128;

/**
 * One undici client, that is one connection, for each request under way, kept open for the next.
 *
 * Not undici's `Pool`: the turns of the hosts are limited elsewhere, and a client whose request is
 * aborted connects once more, only to find that nothing is left to send. Here it is thrown away.
 */
export class HostConnections {
  private readonly used = new Set<Client>();
  /** By origin, in the order of their last use. */
  private readonly idle = new Map<string, Client[]>();
  private idleCount = 0;

  constructor(private readonly connect: buildConnector.connector) {}

  take(origin: string): Client {
    const free = this.idle.get(origin);
    let client = free?.pop();
    if (client === undefined) client = this.open(origin);
    else {
      this.idleCount -= 1;
      if (free?.length === 0) this.idle.delete(origin);
    }
    this.used.add(client);
    return client;
  }

  /** `clean`: the answer was read to its end, so that another may follow it. */
  giveBack(origin: string, client: Client, clean: boolean): void {
    this.used.delete(client);
    if (!clean || client.destroyed) {
      void client.destroy();
      return;
    }
    const free = this.idle.get(origin) ?? [];
    free.push(client);
    this.idle.delete(origin);
    this.idle.set(origin, free);
    this.idleCount += 1;
    if (this.idleCount > MAX_IDLE) this.dropOldest();
  }

  /** Cuts every connection, those in use too. */
  async close(): Promise<void> {
    const clients = [...this.used, ...[...this.idle.values()].flat()];
    this.used.clear();
    this.idle.clear();
    this.idleCount = 0;
    await Promise.all(clients.map((client) => client.destroy()));
  }

  private open(origin: string): Client {
    return new Client(origin, {
      connect: this.connect,
      pipelining: 1,
      allowH2: false,
      // The time limit of the attempt covers both; a drip feed would never trip these.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 4_000,
      // However long the server promises to keep it open.
      keepAliveMaxTimeout: 10_000,
    });
  }

  private dropOldest(): void {
    for (const [origin, clients] of this.idle) {
      const oldest = clients.shift();
      if (clients.length === 0) this.idle.delete(origin);
      if (oldest === undefined) continue;
      this.idleCount -= 1;
      void oldest.destroy();
      return;
    }
  }
}

import { Client, type buildConnector } from 'undici';

/** How many idle clients, of all hosts together, are kept for their open connections. */
const MAX_IDLE = 128;

/**
 * Provides one undici client, which is one connection, for each request in flight, and keeps it for the next.
 *
 * This is not undici's `Pool`: requests per host are limited elsewhere, and after an aborted request a client
 * in a pool would reconnect only to find that it has nothing to send. Here it is destroyed.
 */
export class HostConnections {
  private readonly inUse = new Set<Client>();
  /** By origin, the least recently used first. */
  private readonly idle = new Map<string, Client[]>();
  private idleCount = 0;

  constructor(private readonly connect: buildConnector.connector) {}

  /** An idle client of the origin, or a new one. */
  acquire(origin: string): Client {
    const free = this.idle.get(origin);
    let client = free?.pop();
    if (client === undefined) client = this.open(origin);
    else {
      this.idleCount -= 1;
      if (free?.length === 0) this.idle.delete(origin);
    }
    this.inUse.add(client);
    return client;
  }

  /** `clean`: the response was read to its end, so that another request may follow. */
  release(origin: string, client: Client, clean: boolean): void {
    this.inUse.delete(client);
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

  /** Closes every connection, including those in use. */
  async close(): Promise<void> {
    const clients = [...this.inUse, ...[...this.idle.values()].flat()];
    this.inUse.clear();
    this.idle.clear();
    this.idleCount = 0;
    await Promise.all(clients.map((client) => client.destroy()));
  }

  private open(origin: string): Client {
    return new Client(origin, {
      connect: this.connect,
      pipelining: 1,
      allowH2: false,
      // The time limit of the attempt covers both; a server that trickles bytes would never exceed these.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 4_000,
      // Even if the server promises to keep it open for longer.
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

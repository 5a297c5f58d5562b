import { hash } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Semaphore } from '../../common/index.ts';
import { ModelCatalogue } from '../catalogue/model-catalogue.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import type { Pixels } from './feature-extractor.port.ts';
import type { FeatureMap } from './feature-map.ts';
import { FeatureMapSessions, type FeatureMapSession } from './feature-maps.port.ts';
import type { Network } from './network.ts';

/** Networks that are open for their maps at the same time. */
const MOST_OPEN = 4;
/** A network that nobody has asked for a map is closed after this time. */
const IDLE_MS = 5 * 60_000;
/** How much memory the maps may take that were computed most recently. */
const KEPT_BYTES = 32 * 1024 * 1024;

/** A network that is open, or opening, for its maps. */
class OpenNetwork {
  private readonly session: Promise<FeatureMapSession>;
  /** The session has one thread. What waits here can still be abandoned. */
  private readonly turns = new Semaphore(1);

  constructor(session: Promise<FeatureMapSession>) {
    this.session = session;
    session.catch(() => undefined);
  }

  extractMap(pixels: Pixels, signal: AbortSignal | undefined): Promise<FeatureMap> {
    return this.turns.run(async () => {
      signal?.throwIfAborted();
      return (await this.session).extractMap(pixels);
    });
  }

  /** Lets what has been asked for finish first. */
  close(): Promise<void> {
    return this.turns.run(async () => {
      // If it could not be opened, whoever asked for it has been told.
      const [opened] = await Promise.allSettled([this.session]);
      if (opened.status === 'fulfilled') await opened.value.close();
    });
  }
}

/**
 * Feature maps of pictures. A network is cut and opened for them when the first is asked for. Few networks are open at
 * a time, and none for long after its last map.
 */
@Injectable()
export class FeatureMapPool implements OnApplicationShutdown {
  /** By the keys of the networks, the one that was used least recently first. */
  private readonly open = new Map<string, { readonly network: OpenNetwork; readonly idle: NodeJS.Timeout }>();
  private readonly closing = new Set<Promise<void>>();
  /** By the keys of the networks and the digests of what they saw. */
  private readonly kept = new LRUCache<string, FeatureMap>({
    maxSize: KEPT_BYTES,
    sizeCalculation: ({ cells }) => cells.byteLength,
  });

  constructor(
    private readonly catalogue: ModelCatalogue,
    private readonly sessions: FeatureMapSessions,
  ) {}

  /**
   * The feature map of a picture. Rejects as `FeatureMapSessions.openSession` does, with `EMBEDDING_UNAVAILABLE`, and
   * with the signal's reason.
   */
  async mapOf({ identity, manifest }: Network, pixels: Pixels, signal?: AbortSignal): Promise<FeatureMap> {
    const key = `${identity.key} ${hash('sha256', pixels)}`;
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    try {
      const map = await this.opened(identity.key, manifest).extractMap(pixels, signal);
      this.kept.set(key, map);
      return map;
    } catch (error) {
      // The next call starts again.
      if (signal?.aborted !== true) this.close(identity.key);
      throw error;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    for (const key of [...this.open.keys()]) this.close(key);
    await Promise.all(this.closing);
  }

  private opened(key: string, manifest: ModelManifest): OpenNetwork {
    const found = this.open.get(key);
    if (found !== undefined) {
      found.idle.refresh();
      this.open.delete(key);
      this.open.set(key, found);
      return found.network;
    }
    for (const oldest of this.open.keys()) {
      if (this.open.size < MOST_OPEN) break;
      this.close(oldest);
    }
    const network = new OpenNetwork(this.sessions.openSession(manifest, this.catalogue.folderOf(manifest)));
    const idle = setTimeout(() => this.close(key), IDLE_MS).unref();
    this.open.set(key, { network, idle });
    return network;
  }

  private close(key: string): void {
    const found = this.open.get(key);
    if (found === undefined) return;
    this.open.delete(key);
    clearTimeout(found.idle);
    const closing = found.network.close().finally(() => this.closing.delete(closing));
    this.closing.add(closing);
  }
}

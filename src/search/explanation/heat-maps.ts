import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { heatMapNotFound } from '../search.errors.ts';

/** 128 bits, as 22 characters that need no escapes in a URL. */
const ID_BYTES = 16;
const LIFETIME_MS = 15 * 60_000;
const MOST_BYTES = 32 * 1024 * 1024;

export interface KeptHeatMap {
  /** As WebP. */
  readonly bytes: Buffer;
  readonly expiresAt: Date;
}

/** Heat maps that clients were told the addresses of, in memory: they show pictures that nobody else may see. */
@Injectable()
export class HeatMaps {
  private readonly kept = new LRUCache<string, KeptHeatMap>({
    maxSize: MOST_BYTES,
    sizeCalculation: ({ bytes }) => bytes.length,
    ttl: LIFETIME_MS,
  });

  /** Keeps a heat map for 15 minutes, or until newer ones need its room. Returns its id, which cannot be guessed. */
  keep(bytes: Buffer): string {
    const id = randomBytes(ID_BYTES).toString('base64url');
    this.kept.set(id, { bytes, expiresAt: new Date(Date.now() + LIFETIME_MS) });
    return id;
  }

  /** Throws `HEAT_MAP_NOT_FOUND`, also once it has expired. */
  get(id: string): KeptHeatMap {
    const found = this.kept.get(id);
    if (found === undefined) throw heatMapNotFound(id);
    return found;
  }
}

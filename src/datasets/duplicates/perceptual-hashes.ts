import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { AppError, chunksOf, MAX_BOUND, Semaphore } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import { ImageCheck } from '../import/image-check.port.ts';
import { ImageStore } from '../files/image-store.port.ts';
import { HASHED_SIDE, perceptualHash, type PerceptualHash } from './perceptual-hash.ts';

/** Hashes computed before they are written, so that little is lost when the process is killed. */
const BATCH = 200;

/** The perceptual hashes of stored files, each computed when it is first asked for, and kept. */
@Injectable()
export class PerceptualHashes {
  private readonly db: Kysely<DatasetsTables>;
  private readonly slots = new Semaphore(availableParallelism() + 1);
  private readonly shutdown = new AbortController();
  private readonly running = new Set<Promise<unknown>>();

  constructor(
    database: Database,
    private readonly store: ImageStore,
    private readonly check: ImageCheck,
  ) {
    this.db = database.tables<DatasetsTables>();
  }

  /** By sha256. A file that shows too little, is missing or cannot be decoded has none. */
  async of(sha256s: readonly string[]): Promise<Map<string, PerceptualHash>> {
    const known = await this.find(sha256s);
    const missing = [...new Set(sha256s)].filter((sha256) => !known.has(sha256));
    for (const batch of chunksOf(missing, BATCH)) {
      this.shutdown.signal.throwIfAborted();
      const work = this.computeAndStore(batch, known);
      this.running.add(work);
      await work.finally(() => this.running.delete(work));
    }
    const found = new Map<string, PerceptualHash>();
    for (const [sha256, hash] of known) if (hash !== null) found.set(sha256, hash);
    return found;
  }

  /** For good, before the database is closed. */
  async stop(): Promise<void> {
    this.shutdown.abort();
    await Promise.allSettled(this.running);
  }

  private async find(sha256s: readonly string[]): Promise<Map<string, PerceptualHash | null>> {
    const found = new Map<string, PerceptualHash | null>();
    for (const chunk of chunksOf(sha256s, MAX_BOUND)) {
      const rows = await this.db
        .selectFrom('image_hashes')
        .selectAll()
        .where('sha256', 'in', chunk)
        .execute();
      for (const { sha256, high, low } of rows) {
        found.set(sha256, high === null || low === null ? null : { high, low });
      }
    }
    return found;
  }

  private async computeAndStore(
    sha256s: readonly string[],
    into: Map<string, PerceptualHash | null>,
  ): Promise<void> {
    const computed = new Map<string, PerceptualHash | null>();
    await Promise.all(
      sha256s.map((sha256) =>
        this.slots.run(async () => {
          this.shutdown.signal.throwIfAborted();
          try {
            const bytes = await this.store.read(sha256);
            const hash = perceptualHash(await this.check.greySquare(bytes, HASHED_SIDE));
            computed.set(sha256, hash);
            into.set(sha256, hash);
          } catch (error) {
            // The file is missing or damaged: it may come back, so nothing is kept of that.
            if (!(error instanceof AppError)) throw error;
          }
        }),
      ),
    );
    await this.insert(computed);
  }

  /** Only for files that an image has: those of deleted ones go, with their hashes, under the same lock. */
  private async insert(hashes: ReadonlyMap<string, PerceptualHash | null>): Promise<void> {
    if (hashes.size === 0) return;
    await this.db.transaction().execute(async (trx) => {
      const used = await trx
        .selectFrom('images')
        .select('sha256')
        .distinct()
        .where('sha256', 'in', [...hashes.keys()])
        .execute();
      if (used.length === 0) return;
      const rows = used.map(({ sha256 }) => {
        const hash = hashes.get(sha256) ?? null;
        return { sha256, high: hash?.high ?? null, low: hash?.low ?? null };
      });
      await trx
        .insertInto('image_hashes')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    });
  }
}

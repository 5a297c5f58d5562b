import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import { ImageRepository } from '../catalogue/image.repository.ts';
import { Transactions } from '../catalogue/transactions.ts';
import { AppError, chunksOf, Semaphore, storageError } from '../../common/index.ts';
import { ImageCheck } from '../import/image-check.port.ts';
import { ImageStore } from '../files/image-store.port.ts';
import { ImageHashRepository } from './image-hash.repository.ts';
import { HASHED_SIDE, perceptualHash, type PerceptualHash } from './perceptual-hash.ts';

/** The number of hashes that are computed before they are written; at most these are lost if the process is killed. */
const BATCH = 200;

/** The perceptual hashes of stored files, each computed on first use and then kept. */
@Injectable()
export class PerceptualHashes {
  private readonly slots = new Semaphore(availableParallelism() + 1);
  private readonly shutdown = new AbortController();
  private readonly running = new Set<Promise<unknown>>();

  constructor(
    private readonly transactions: Transactions,
    private readonly images: ImageRepository,
    private readonly repository: ImageHashRepository,
    private readonly store: ImageStore,
    private readonly check: ImageCheck,
  ) {}

  /** Hashes by sha256. There is none for a file that is missing, damaged or shows too little. */
  async hashesOf(sha256s: readonly string[]): Promise<Map<string, PerceptualHash>> {
    const known = await this.repository.findBySha256(sha256s);
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

  /** The hash of a picture that is not stored; null if it shows too little. Rejects as `ImageCheck.greySquare` does. */
  async compute(bytes: Uint8Array): Promise<PerceptualHash | null> {
    return this.slots.run(async () => {
      this.shutdown.signal.throwIfAborted();
      return perceptualHash(await this.check.greySquare(bytes, HASHED_SIDE));
    });
  }

  /** Stops for good; call it before the database is closed. */
  async stop(): Promise<void> {
    this.shutdown.abort();
    await Promise.allSettled(this.running);
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
            // The file is missing or damaged. It may come back, so the failure is not recorded.
            if (!(error instanceof AppError)) throw error;
          }
        }),
      ),
    );
    if (computed.size === 0) return;
    try {
      await this.insertHashes(computed);
    } catch (error) {
      // They can be computed again; whoever asks for them only reads, so a full or locked database must not refuse it.
      if (storageError(error) === undefined) throw error;
    }
  }

  /** Skips files that have been deleted in the meantime: their hashes would never be removed. */
  private async insertHashes(hashes: ReadonlyMap<string, PerceptualHash | null>): Promise<void> {
    await this.transactions.commit(async (transaction) => {
      const used = await this.images.findFilesInUse([...hashes.keys()], transaction);
      const kept = new Map([...hashes].filter(([sha256]) => used.has(sha256)));
      await this.repository.insert(kept, transaction);
    });
  }
}

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { messageOf, workerUrl } from '../../common/index.ts';
import { projectionTooFew } from '../embeddings.errors.ts';
import type { FitSettings, FromFitWorker, ToFitWorker } from './fit-axes.messages.ts';
import type { FittedAxes } from './projection.ts';

/**
 * A projection is fitted on about so many vectors at most, which is several times their dimension: the
 * axes of more would hardly differ, and a million pictures take no longer than this many.
 */
export const FITTING_SAMPLE = 10_000;
/** Vectors handed over at a time. */
const BATCH = 256;
/** Each holds a matrix of dimension × dimension doubles: 52 MB for 2,560. */
const MOST_THREADS = 4;

/**
 * Whether a picture is one of those that a projection is fitted on, where there are `count` in all:
 * chosen by the digest of its file, so always the same ones, and independent of order and names.
 */
export function isInFittingSample(sha256: string, count: number): boolean {
  if (count <= FITTING_SAMPLE) return true;
  return parseInt(sha256.slice(0, 12), 16) < (FITTING_SAMPLE / count) * 2 ** 48;
}

export interface FitOptions extends FitSettings {
  readonly signal?: AbortSignal;
  readonly threads?: number;
}

/**
 * Fits mean and axes on unit vectors that come as a stream, in worker threads. Memory does not depend
 * on how many there are. The same vectors give the same bits, in whatever order they come and on
 * however many threads.
 *
 * Rejects with `PROJECTION_TOO_FEW` where there is none, with the signal's reason when it is aborted,
 * and as the stream does.
 */
export async function fitProjection(
  vectors: AsyncIterable<Float32Array> | Iterable<Float32Array>,
  { dimension, count, signal, threads = Math.min(MOST_THREADS, availableParallelism()) }: FitOptions,
): Promise<FittedAxes> {
  const workers: FitThread[] = [];
  const stop = () => {
    void Promise.all(workers.map((worker) => worker.close()));
  };
  signal?.addEventListener('abort', stop);
  try {
    let seen = 0;
    let turn = 0;
    let batch = new Float32Array(BATCH * dimension);
    let filled = 0;
    const handOver = async () => {
      // A thread is started when there is work for it: a small dataset needs one only.
      if (workers.length < threads) workers.push(new FitThread({ dimension, count }));
      const worker = workers[turn++ % workers.length]!;
      await worker.add(batch.slice(0, filled * dimension));
      filled = 0;
    };
    for await (const vector of vectors) {
      signal?.throwIfAborted();
      if (vector.length !== dimension) throw new RangeError(`A vector has ${dimension} numbers`);
      batch.set(vector, filled * dimension);
      seen += 1;
      filled += 1;
      if (filled === BATCH) await handOver();
    }
    signal?.throwIfAborted();
    if (seen === 0) throw projectionTooFew();
    if (filled > 0) await handOver();
    batch = new Float32Array(0);
    const [first, ...others] = workers;
    for (const other of others) await first!.takeOver(other);
    return await first!.fit();
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    await Promise.all(workers.map((worker) => worker.close()));
  }
}

interface Waiting {
  readonly resolve: (message: FromFitWorker) => void;
  readonly reject: (error: Error) => void;
}

/** One thread that adds up moments, seen from the main thread. */
class FitThread {
  private readonly worker: Worker;
  private readonly waiting: Waiting[] = [];
  private adding: Promise<FromFitWorker> | undefined;
  private ended: Error | undefined;

  constructor(settings: FitSettings) {
    this.worker = new Worker(workerUrl(import.meta.url, './fit-axes.worker'), { workerData: settings });
    this.worker.on('message', (message: FromFitWorker) => this.waiting.shift()?.resolve(message));
    let problem = 'its thread ended';
    this.worker.on('error', (error) => {
      problem = messageOf(error);
    });
    this.worker.on('exit', () => {
      this.ended = new Error(`Fitting a projection failed: ${problem}`);
      for (const { reject } of this.waiting.splice(0)) reject(this.ended);
    });
  }

  /** Resolves when the batch before is added: one waits while another is worked on. */
  async add(vectors: Float32Array<ArrayBuffer>): Promise<void> {
    const before = this.adding;
    this.adding = this.ask({ kind: 'add', vectors }, [vectors.buffer]);
    this.adding.catch(() => undefined);
    await before;
  }

  /** Adds what the other added up, and ends the other. */
  async takeOver(other: FitThread): Promise<void> {
    await other.adding;
    const moments = await other.ask({ kind: 'give' });
    await other.close();
    if (moments.kind !== 'moments') throw new Error(`Asked for moments, got ${moments.kind}`);
    const { vectors, sums, products } = moments;
    await this.ask({ kind: 'merge', vectors, sums, products }, [sums.buffer, products.buffer]);
  }

  async fit(): Promise<FittedAxes> {
    await this.adding;
    const answer = await this.ask({ kind: 'fit' });
    if (answer.kind !== 'fitted') throw new Error(`Asked for axes, got ${answer.kind}`);
    return answer.fitted;
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private ask(message: ToFitWorker, transfer: ArrayBuffer[] = []): Promise<FromFitWorker> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.worker.postMessage(message, transfer);
    });
  }
}

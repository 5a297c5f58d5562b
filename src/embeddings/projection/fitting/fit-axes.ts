import { availableParallelism } from 'node:os';
import { AnsweringThread, workerUrl } from '../../../common/index.ts';
import { projectionTooFew } from '../../embeddings.errors.ts';
import type { FitSettings, FromFitWorker, ToFitWorker } from './fit-axes.messages.ts';
import type { FittedAxes } from '../projection.ts';

/**
 * A projection is fitted on at most about this many vectors, several times their dimension. More would
 * hardly change the axes, and so a million pictures take no longer.
 */
export const FITTING_SAMPLE = 10_000;
/** Vectors to hand over at a time. */
const BATCH = 256;
/** Each holds a matrix of dimension × dimension doubles: 52 MB for a dimension of 2,560. */
const MOST_THREADS = 4;

/**
 * Whether a projection is fitted on this picture if there are `count` pictures in all. The digest of its
 * file decides, so it is always the same ones, whatever their order and names.
 */
export function isInFittingSample(sha256: string, count: number): boolean {
  if (count <= FITTING_SAMPLE) return true;
  return parseInt(sha256.slice(0, 12), 16) < (FITTING_SAMPLE / count) * 2 ** 48;
}

/** The number of threads that a fit uses by default. */
export function fittingThreads(): number {
  return Math.min(MOST_THREADS, availableParallelism());
}

export interface FitOptions extends FitSettings {
  readonly signal?: AbortSignal;
  readonly threads?: number;
}

/**
 * Fits mean and axes on a stream of unit vectors, in worker threads. Memory does not depend on their
 * number. The same vectors give exactly the same result, whatever their order and the number of threads.
 *
 * Rejects with `PROJECTION_TOO_FEW` if there is no vector, with the signal's reason if it is aborted,
 * and as the stream does.
 */
export async function fitAxes(
  vectors: AsyncIterable<Float32Array> | Iterable<Float32Array>,
  { dimension, count, signal, threads = fittingThreads() }: FitOptions,
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
      // Another thread is started when all are busy: one keeps up with pictures that are being embedded.
      let worker = workers.find(({ isIdle }) => isIdle);
      if (worker === undefined && workers.length < threads) {
        worker = new FitThread({ dimension, count });
        workers.push(worker);
      }
      worker ??= workers[turn++ % workers.length]!;
      await worker.addVectors(batch.slice(0, filled * dimension));
      filled = 0;
    };
    for await (const vector of vectors) {
      signal?.throwIfAborted();
      if (vector.length !== dimension)
        throw new RangeError(`A vector must have ${dimension} numbers, not ${vector.length}`);
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
    for (const other of others) await first!.mergeFrom(other);
    return await first!.findAxes();
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    await Promise.all(workers.map((worker) => worker.close()));
  }
}

/** One thread that sums up moments, as seen from the main thread. */
class FitThread extends AnsweringThread<ToFitWorker, FromFitWorker> {
  private adding: Promise<FromFitWorker> | undefined;

  constructor(settings: FitSettings) {
    super(workerUrl(import.meta.url, './fit-axes.worker'), settings, 'Fitting a projection');
  }

  /** Resolves when the previous batch has been added, so that one waits while another is processed. */
  async addVectors(vectors: Float32Array<ArrayBuffer>): Promise<void> {
    const before = this.adding;
    this.adding = this.ask({ kind: 'add', vectors }, [vectors.buffer]);
    // The next call reports a failure; until then it must not count as unhandled.
    this.adding.catch(() => undefined);
    await before;
  }

  /** Adds the moments of another thread and ends that thread. */
  async mergeFrom(other: FitThread): Promise<void> {
    await other.adding;
    const moments = await other.ask({ kind: 'give' });
    await other.close();
    if (moments.kind !== 'moments') throw new Error(`Expected moments, got ${moments.kind}`);
    const { vectors, sums, products } = moments;
    await this.ask({ kind: 'merge', vectors, sums, products }, [sums.buffer, products.buffer]);
  }

  async findAxes(): Promise<FittedAxes> {
    await this.adding;
    const answer = await this.ask({ kind: 'fit' });
    if (answer.kind !== 'fitted') throw new Error(`Expected axes, got ${answer.kind}`);
    return answer.fitted;
  }
}

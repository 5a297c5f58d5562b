import { SHARE_ENV, Worker } from 'node:worker_threads';
import { messageOf } from '../../../common/index.ts';
import { embeddingUnavailable, modelInvalid } from '../../embeddings.errors.ts';
import type { BackendInUse, FromWorker, ToWorker } from './worker.messages.ts';

export interface SessionParts {
  readonly worker: URL;
  /** What the thread needs to load the model and nothing else, since it is copied. */
  readonly workerData: object;
  readonly sharesEnvironment: boolean;
  /** The file that errors name. */
  readonly modelFile: string;
}

interface BatchInProgress {
  readonly resolve: (embeddings: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

/** One copy of a network in a thread of its own, as seen from the main thread. */
export class WorkerSession {
  /** Resolves when the model is loaded; rejects with `MODEL_INVALID` or `EMBEDDING_UNAVAILABLE`. */
  readonly ready: Promise<void>;
  /** The most pictures that the model takes at once. */
  largestBatch = 1;
  /** The shape of what the model gives for one picture, which the thread reports when it is ready. */
  outputShape: readonly number[] = [];
  /** The backend that the runtime reported when it was ready; most have only one and report none. */
  backend: BackendInUse | undefined;

  private readonly worker: Worker;
  private readonly batches: BatchInProgress[] = [];
  /** Why the thread is no longer there. */
  private ended: Error | undefined;
  /** The answer to what was sent last, which is the last to come. */
  private lastAnswer: Promise<unknown> = Promise.resolve();

  constructor({ worker, workerData, sharesEnvironment, modelFile }: SessionParts, onEnd: () => void) {
    this.worker = new Worker(worker, { workerData, ...(sharesEnvironment ? { env: SHARE_ENV } : {}) });
    this.ready = new Promise((resolve, reject) => {
      this.worker.on('message', (message: FromWorker) => {
        switch (message.kind) {
          case 'ready':
            this.largestBatch = message.largestBatch;
            this.outputShape = message.outputShape;
            this.backend = message.backend;
            this.worker.unref();
            resolve();
            break;
          case 'refused':
            reject(modelInvalid(modelFile, message.problem));
            break;
          case 'done':
            this.settle()?.resolve(message.embeddings);
            break;
          case 'failed':
            this.settle()?.reject(embeddingUnavailable(message.problem));
            break;
        }
      });
      let problem = 'its thread ended';
      this.worker.on('error', (error) => {
        problem = messageOf(error);
      });
      this.worker.on('exit', () => {
        const error = embeddingUnavailable(problem);
        this.ended = error;
        reject(error);
        for (const batch of this.batches.splice(0)) batch.reject(error);
        onEnd();
      });
    });
  }

  /** Batches that were sent and have not been answered yet. */
  get batchesInProgress(): number {
    return this.batches.length;
  }

  /** Takes over the memory of the pixels. Resolves to `count` × dimension numbers. */
  runBatch(pixels: Uint8Array<ArrayBuffer>, count: number): Promise<Float32Array> {
    const message: ToWorker = { pixels, count };
    return this.run(message, [pixels.buffer]);
  }

  /** Sends a message and resolves to the numbers of its answer. Takes over the memory of `transfer`. */
  run(message: object, transfer: readonly ArrayBuffer[] = []): Promise<Float32Array> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    // A busy thread must keep the process alive; an idle one must not.
    if (this.batches.length === 0) this.worker.ref();
    const answer = new Promise<Float32Array>((resolve, reject) => {
      this.batches.push({ resolve, reject });
      this.worker.postMessage(message, [...transfer]);
    });
    this.lastAnswer = answer;
    return answer;
  }

  /**
   * Ends the thread as soon as it has answered what it was sent. A thread that is terminated inside native code of
   * a runtime would end the whole process.
   */
  async close(): Promise<void> {
    await Promise.allSettled([this.lastAnswer]);
    await this.worker.terminate();
  }

  private settle(): BatchInProgress | undefined {
    const batch = this.batches.shift();
    if (this.batches.length === 0) this.worker.unref();
    return batch;
  }
}

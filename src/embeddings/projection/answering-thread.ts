import { Worker } from 'node:worker_threads';
import { messageOf } from '../../common/index.ts';

interface PendingAnswer<From> {
  readonly resolve: (message: From) => void;
  readonly reject: (error: Error) => void;
}

/** A worker thread that answers each message with one, in order, as seen from the main thread. */
export class AnsweringThread<To, From> {
  private readonly worker: Worker;
  private readonly pending: PendingAnswer<From>[] = [];
  private ended: Error | undefined;

  constructor(file: URL, workerData: unknown) {
    this.worker = new Worker(file, { workerData });
    this.worker.on('message', (message: From) => this.pending.shift()?.resolve(message));
    let problem = 'its thread ended';
    this.worker.on('error', (error) => {
      problem = messageOf(error);
    });
    this.worker.on('exit', () => {
      this.ended = new Error(`Fitting a projection failed: ${problem}`);
      for (const { reject } of this.pending.splice(0)) reject(this.ended);
    });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  ask(message: To, transfer: ArrayBuffer[] = []): Promise<From> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      this.pending.push({ resolve, reject });
      this.worker.postMessage(message, transfer);
    });
  }
}

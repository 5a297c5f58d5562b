import { Worker } from 'node:worker_threads';
import { messageOf } from './app-error.ts';

interface PendingAnswer<From> {
  readonly resolve: (message: From) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A worker thread that answers each message with one, in order, as seen from the main thread. It keeps the process
 * alive only while it has something to answer.
 */
export class AnsweringThread<To, From> {
  private readonly worker: Worker;
  private readonly pending: PendingAnswer<From>[] = [];
  private ended: Error | undefined;
  /** Whether it has answered yet: it takes a while to start. */
  hasAnswered = false;

  /** `work`: what the thread does, for the message of its failure: "Fitting a projection". */
  constructor(file: URL, workerData: unknown, work: string) {
    this.worker = new Worker(file, { workerData });
    this.worker.unref();
    this.worker.on('message', (message: From) => {
      this.hasAnswered = true;
      const answered = this.pending.shift();
      if (this.pending.length === 0) this.worker.unref();
      answered?.resolve(message);
    });
    let problem = 'its thread ended';
    this.worker.on('error', (error) => {
      problem = messageOf(error);
    });
    this.worker.on('exit', () => {
      this.ended = new Error(`${work} failed: ${problem}`);
      for (const { reject } of this.pending.splice(0)) reject(this.ended);
    });
  }

  /** Whether it has nothing to answer. */
  get isIdle(): boolean {
    return this.waiting === 0;
  }

  /** How many messages it has not answered yet. */
  get waiting(): number {
    return this.pending.length;
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  ask(message: To, transfer: ArrayBuffer[] = []): Promise<From> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    this.worker.ref();
    return new Promise((resolve, reject) => {
      this.pending.push({ resolve, reject });
      this.worker.postMessage(message, transfer);
    });
  }
}

import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Semaphore } from '../../semaphore.ts';
import { workerUrl } from '../../worker-url.ts';
import type { ExtraDecoderAnswer, ExtraDecoderData, ExtraDecoderRequest } from './extra-decoder.messages.ts';

/** An optional peer dependency: most installations meet no picture that needs it. */
export const EXTRA_DECODER = '@imagemagick/magick-wasm';
/** After it has not been used for so long, a thread and the memory that its largest picture took are given back. */
const IDLE_MS = 30_000;
/** A picture that takes longer is not decoded. */
const LONGEST_MS = 120_000;

const require = createRequire(import.meta.url);

/** With the version that this package declares; undefined if it is installed. */
export function missingExtraDecoder(): string | undefined {
  if (wasmPath() !== undefined) return undefined;
  const { peerDependencies } = require('../../../../package.json') as {
    peerDependencies: Readonly<Record<string, string>>;
  };
  return `${EXTRA_DECODER}@${peerDependencies[EXTRA_DECODER]}`;
}

function wasmPath(): string | undefined {
  try {
    return require.resolve(`${EXTRA_DECODER}/magick.wasm`);
  } catch {
    return undefined;
  }
}

/**
 * Decodes pictures that sharp does not, in WebAssembly and in threads of its own: as many at a time as there are cores.
 * A thread is started when it is needed and ends when it has been idle for a while.
 */
class ExtraDecoder {
  private readonly slots = new Semaphore(availableParallelism());
  private readonly idle: DecoderThread[] = [];

  /** The upright picture as an uncompressed TIFF; undefined if it cannot be decoded. */
  async decode(bytes: Uint8Array, maxPixels: number): Promise<Uint8Array | undefined> {
    return this.slots.run(async () => {
      const thread = this.idle.pop() ?? new DecoderThread((ended) => this.forget(ended));
      const tiff = await thread.decode({ bytes: Uint8Array.from(bytes), maxPixels });
      if (thread.isAlive) this.idle.push(thread);
      return tiff;
    });
  }

  private forget(thread: DecoderThread): void {
    const at = this.idle.indexOf(thread);
    if (at >= 0) this.idle.splice(at, 1);
  }
}

class DecoderThread {
  isAlive = true;
  private readonly worker: Worker;
  private answer: ((tiff: Uint8Array | undefined) => void) | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly onEnd: (thread: DecoderThread) => void) {
    const wasm = wasmPath();
    if (wasm === undefined) throw new Error(`${EXTRA_DECODER} is not installed`);
    const workerData: ExtraDecoderData = { wasm };
    this.worker = new Worker(workerUrl(import.meta.url, './extra-decoder.worker'), { workerData });
    this.worker.on('message', ({ tiff }: ExtraDecoderAnswer) => this.settle(tiff));
    // It may run out of memory, whatever the limits; then the picture is to blame.
    this.worker.on('error', () => undefined);
    this.worker.on('exit', () => {
      this.retire();
      this.settle(undefined);
      clearTimeout(this.timer);
    });
  }

  decode(request: ExtraDecoderRequest): Promise<Uint8Array | undefined> {
    // A busy thread must keep the process alive; an idle one must not.
    this.worker.ref();
    this.endAfter(LONGEST_MS);
    return new Promise((resolve) => {
      this.answer = resolve;
      this.worker.postMessage(request, [request.bytes.buffer]);
    });
  }

  private settle(tiff: Uint8Array | undefined): void {
    this.worker.unref();
    this.endAfter(IDLE_MS);
    this.answer?.(tiff);
    this.answer = undefined;
  }

  private endAfter(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.retire();
      void this.worker.terminate();
    }, ms).unref();
  }

  /** From now on, nobody gets this thread. */
  private retire(): void {
    this.isAlive = false;
    this.onEnd(this);
  }
}

export const extraDecoder = new ExtraDecoder();

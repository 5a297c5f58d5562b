import { embeddingInvalid, embeddingUnavailable } from '../../embeddings.errors.ts';
import { FeatureExtractor, type Pixels } from '../feature-extractor.port.ts';
import type { ModelManifest } from '../../catalogue/model-manifest.ts';
import type { SessionPlan } from '../session-plan.ts';
import { WorkerSession, type SessionParts } from './worker-session.ts';

export interface ThreadedParts {
  readonly manifest: ModelManifest;
  readonly plan: SessionPlan;
  /** What runs in the threads. */
  readonly worker: URL;
  /** All threads are given the environment of the process itself, and not a copy, where this is set. */
  readonly sharesEnvironment?: boolean;
}

interface Waiting {
  readonly pixels: Pixels;
  readonly resolve: (features: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs a network in several threads at once, whatever the runtime. Batches form of what waits when a
 * thread comes free: many under load, one alone for a single query. A thread that dies is replaced.
 */
export abstract class ThreadedFeatureExtractor extends FeatureExtractor {
  readonly dimension: number;
  readonly capacity: number;

  private readonly parts: ThreadedParts;
  private readonly pictureBytes: number;
  private readonly waiting: Waiting[] = [];
  private sessions: WorkerSession[] = [];
  private opening: Promise<void> | undefined;
  private closed = false;

  protected constructor(parts: ThreadedParts) {
    super();
    const { manifest, plan } = parts;
    this.parts = parts;
    this.dimension = manifest.dimension;
    // Twice, so that each thread finds its next batch waiting when it ends one.
    this.capacity = plan.sessions * plan.batch * 2;
    this.pictureBytes = 3 * manifest.preprocessing.crop ** 2;
  }

  /** Reads and checks the model: what every thread is given to load. */
  protected abstract read(): Promise<object>;

  /** Hears what each thread says of itself once it has loaded the model. */
  protected loaded(_session: WorkerSession): void {
    // Most runtimes have nothing to tell.
  }

  async open(): Promise<void> {
    this.opening ??= this.start().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    await this.opening;
  }

  async extract(pictures: readonly Pixels[]): Promise<Float32Array[]> {
    if (pictures.some(({ length }) => length !== this.pictureBytes)) {
      throw new RangeError(`A picture has ${this.pictureBytes} bytes`);
    }
    if (this.closed) throw embeddingUnavailable('it is closed');
    await this.open();
    const features = pictures.map(
      (pixels) =>
        new Promise<Float32Array>((resolve, reject) => this.waiting.push({ pixels, resolve, reject })),
    );
    this.dispatch();
    return Promise.all(features);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.opening?.catch(() => undefined);
    await this.closeSessions();
    this.rejectWaiting(embeddingUnavailable('it is closed'));
  }

  private async start(): Promise<void> {
    const model = await this.read();
    const results = await Promise.allSettled(
      Array.from({ length: this.parts.plan.sessions }, () => this.spawn(model)),
    );
    this.sessions = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      await this.closeSessions();
      throw failed.reason;
    }
  }

  private async spawn(workerData: object): Promise<WorkerSession> {
    const { manifest, worker, sharesEnvironment = false } = this.parts;
    const parts: SessionParts = { worker, workerData, sharesEnvironment, modelFile: manifest.file };
    const session = new WorkerSession(parts, () => {
      this.ended(session);
    });
    try {
      await session.ready;
      this.loaded(session);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** A thread died: the others go on while it is replaced; without others the next call starts afresh. */
  private ended(session: WorkerSession): void {
    if (this.closed || !this.sessions.includes(session)) return;
    this.sessions = this.sessions.filter((other) => other !== session);
    if (this.sessions.length === 0) {
      this.opening = undefined;
      this.rejectWaiting(embeddingUnavailable('its threads ended'));
    } else {
      void this.replace();
    }
  }

  private async replace(): Promise<void> {
    const { opening } = this;
    try {
      const session = await this.spawn(await this.read());
      if (this.closed || this.opening !== opening) {
        await session.close();
      } else {
        this.sessions.push(session);
        this.dispatch();
      }
    } catch {
      // The remaining threads go on; once they are gone too, opening anew gives the reason.
    }
  }

  private async closeSessions(): Promise<void> {
    const { sessions } = this;
    this.sessions = [];
    await Promise.all(sessions.map((session) => session.close()));
  }

  private rejectWaiting(error: Error): void {
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }

  /** Gives idle sessions whatever waits, and busy ones a full batch for later. */
  private dispatch(): void {
    for (const depth of [0, 1]) {
      for (const session of this.sessions) {
        const batch = Math.min(this.parts.plan.batch, session.largestBatch);
        const least = depth === 0 ? 1 : batch;
        if (session.underWay === depth && this.waiting.length >= least) {
          void this.runBatch(session, this.waiting.splice(0, batch));
        }
      }
    }
  }

  private async runBatch(session: WorkerSession, batch: readonly Waiting[]): Promise<void> {
    const pixels = new Uint8Array(batch.length * this.pictureBytes);
    batch.forEach((waiting, at) => {
      pixels.set(waiting.pixels, at * this.pictureBytes);
    });
    try {
      const embeddings = await session.run(pixels, batch.length);
      batch.forEach((waiting, at) => {
        const features = embeddings.slice(at * this.dimension, (at + 1) * this.dimension);
        if (isUsable(features)) waiting.resolve(features);
        else waiting.reject(embeddingInvalid());
      });
    } catch (error) {
      for (const waiting of batch) waiting.reject(error);
    }
    this.dispatch();
  }
}

function isUsable(features: Float32Array): boolean {
  let sum = 0;
  for (const feature of features) sum += Math.abs(feature);
  return Number.isFinite(sum) && sum > 0;
}

import { Logger } from '@nestjs/common';
import { messageOf } from '../../../common/index.ts';
import type { ModelManifest } from '../../catalogue/model-manifest.ts';
import { embeddingInvalid, embeddingUnavailable } from '../../embeddings.errors.ts';
import { FeatureExtractor, type Pixels } from '../feature-extractor.port.ts';
import type { SessionPlan } from '../session-plan.ts';
import { WorkerSession, type SessionParts } from './worker-session.ts';

export interface ThreadedParts {
  readonly manifest: ModelManifest;
  readonly plan: SessionPlan;
  /** The code that runs in the threads. */
  readonly worker: URL;
  /** Whether the threads share the environment of the process instead of getting a copy. */
  readonly sharesEnvironment?: boolean;
}

interface WaitingPicture {
  readonly pixels: Pixels;
  readonly resolve: (features: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs a network in several threads at once, whatever the runtime. Whatever waits when a thread becomes
 * free forms its next batch: many pictures under load, one for a single query. A thread that dies is
 * replaced.
 */
export abstract class ThreadedFeatureExtractor extends FeatureExtractor {
  readonly dimension: number;
  readonly capacity: number;

  private readonly logger = new Logger('Embeddings');
  private readonly parts: ThreadedParts;
  private readonly pictureBytes: number;
  private readonly waiting: WaitingPicture[] = [];
  private sessions: WorkerSession[] = [];
  private opening: Promise<void> | undefined;
  private closed = false;

  protected constructor(parts: ThreadedParts) {
    super();
    const { manifest, plan } = parts;
    this.parts = parts;
    this.dimension = manifest.dimension;
    // Twice as many, so that each thread finds its next batch waiting when it finishes one.
    this.capacity = plan.sessions * plan.batch * 2;
    this.pictureBytes = 3 * manifest.preprocessing.crop ** 2;
  }

  /** Reads and checks the model: what every thread is started with. */
  protected abstract readWorkerData(): Promise<object>;

  /** Called for each thread as soon as it has loaded the model. */
  protected onSessionReady(_session: WorkerSession): void {
    // Most runtimes have nothing to do here.
  }

  async loadNetwork(): Promise<void> {
    this.opening ??= this.start().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    await this.opening;
  }

  async extractFeatures(pictures: readonly Pixels[]): Promise<Float32Array[]> {
    if (pictures.some(({ length }) => length !== this.pictureBytes)) {
      throw new RangeError(`A picture must have ${this.pictureBytes} bytes`);
    }
    if (this.closed) throw embeddingUnavailable('it is closed');
    await this.loadNetwork();
    const features = pictures.map(
      (pixels) =>
        new Promise<Float32Array>((resolve, reject) => this.waiting.push({ pixels, resolve, reject })),
    );
    this.dispatch();
    return Promise.all(features);
  }

  async close(): Promise<void> {
    this.closed = true;
    // If loading failed, whoever asked for it has been told.
    await Promise.allSettled([this.opening]);
    this.rejectWaiting(embeddingUnavailable('it is closed'));
    await this.closeSessions();
  }

  private async start(): Promise<void> {
    const workerData = await this.readWorkerData();
    const results = await Promise.allSettled(
      Array.from({ length: this.parts.plan.sessions }, () => this.startSession(workerData)),
    );
    this.sessions = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      await this.closeSessions();
      throw failed.reason;
    }
  }

  private async startSession(workerData: object): Promise<WorkerSession> {
    const { manifest, worker, sharesEnvironment = false } = this.parts;
    const parts: SessionParts = { worker, workerData, sharesEnvironment, modelFile: manifest.file };
    const session = new WorkerSession(parts, () => {
      this.onSessionEnd(session);
    });
    try {
      await session.ready;
      this.onSessionReady(session);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** The other threads carry on while a dead one is replaced. If none is left, the next call starts all of them. */
  private onSessionEnd(session: WorkerSession): void {
    if (this.closed || !this.sessions.includes(session)) return;
    this.sessions = this.sessions.filter((other) => other !== session);
    if (this.sessions.length === 0) {
      this.opening = undefined;
      this.rejectWaiting(embeddingUnavailable('its threads ended'));
    } else {
      void this.replaceSession();
    }
  }

  private async replaceSession(): Promise<void> {
    const { opening } = this;
    try {
      const session = await this.startSession(await this.readWorkerData());
      if (this.closed || this.opening !== opening) {
        await session.close();
      } else {
        this.sessions.push(session);
        this.dispatch();
      }
    } catch (error) {
      if (this.closed) return;
      this.logger.warn(
        `A thread of ${this.parts.manifest.file} ended and could not be replaced; ` +
          `${this.sessions.length} remain: ${messageOf(error)}`,
      );
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

  /** Gives idle sessions whatever is waiting, and busy ones a full batch to do next. */
  private dispatch(): void {
    for (const depth of [0, 1]) {
      for (const session of this.sessions) {
        const batch = Math.min(this.parts.plan.batch, session.largestBatch);
        const least = depth === 0 ? 1 : batch;
        if (session.batchesInProgress === depth && this.waiting.length >= least) {
          void this.sendBatch(session, this.waiting.splice(0, batch));
        }
      }
    }
  }

  private async sendBatch(session: WorkerSession, batch: readonly WaitingPicture[]): Promise<void> {
    const pixels = new Uint8Array(batch.length * this.pictureBytes);
    batch.forEach((picture, at) => {
      pixels.set(picture.pixels, at * this.pictureBytes);
    });
    try {
      const embeddings = await session.runBatch(pixels, batch.length);
      batch.forEach((picture, at) => {
        const features = embeddings.slice(at * this.dimension, (at + 1) * this.dimension);
        if (isUsable(features)) picture.resolve(features);
        else picture.reject(embeddingInvalid());
      });
    } catch (error) {
      for (const picture of batch) picture.reject(error);
    }
    this.dispatch();
  }
}

/** Whether features have a direction: they are finite, and not all zero. */
export function isUsable(features: Float32Array): boolean {
  let sum = 0;
  for (const feature of features) sum += Math.abs(feature);
  return Number.isFinite(sum) && sum > 0;
}

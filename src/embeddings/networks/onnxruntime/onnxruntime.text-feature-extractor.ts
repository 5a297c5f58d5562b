import { workerUrl } from '../../../common/index.ts';
import type { ExecutionProvider } from '../../embeddings.config.ts';
import { embeddingUnavailable, textEmbeddingInvalid } from '../../embeddings.errors.ts';
import { isUsable } from '../threads/threaded.feature-extractor.ts';
import { WorkerSession } from '../threads/worker-session.ts';
import { TextFeatureExtractor, type TextSpec, type TextTowerParts } from '../text-feature-extractor.port.ts';

export interface OnnxruntimeTextOptions extends TextTowerParts {
  /** Threads within one pass. */
  readonly threads: number;
  /** By default the CPU. */
  readonly providers?: readonly ExecutionProvider[];
}

/** What the thread is started with. */
export interface OnnxruntimeTextSettings {
  /** The bytes of the files, already checked. */
  readonly model: Uint8Array;
  readonly tokenizer: Uint8Array;
  readonly spec: TextSpec;
  readonly dimension: number;
  readonly threads: number;
  readonly providers: readonly ExecutionProvider[];
}

/** One text per pass: queries come one by one, and a pass over one is short. */
export interface ToTextWorker {
  readonly text: string;
}

/** Runs a tokenizer and the ONNX model behind it in a thread of their own. A thread that dies is replaced. */
export class OnnxruntimeTextFeatureExtractor extends TextFeatureExtractor {
  readonly dimension: number;

  private readonly options: OnnxruntimeTextOptions;
  private opening: Promise<WorkerSession> | undefined;
  private closed = false;

  constructor(options: OnnxruntimeTextOptions) {
    super();
    this.options = options;
    this.dimension = options.dimension;
  }

  async loadNetwork(): Promise<void> {
    await this.openSession();
  }

  async extractFeatures(texts: readonly string[]): Promise<Float32Array[]> {
    if (this.closed) throw embeddingUnavailable('it is closed');
    const session = await this.openSession();
    return Promise.all(
      texts.map(async (text) => {
        const message: ToTextWorker = { text };
        const features = await session.run(message);
        if (!isUsable(features)) throw textEmbeddingInvalid();
        return features;
      }),
    );
  }

  async close(): Promise<void> {
    this.closed = true;
    // If loading failed, whoever asked for it has been told.
    const [opened] = await Promise.allSettled([this.opening]);
    if (opened.status === 'fulfilled') await opened.value?.close();
  }

  private openSession(): Promise<WorkerSession> {
    if (this.opening === undefined) {
      const opening = this.start(() => {
        if (this.opening === opening) this.opening = undefined;
      });
      this.opening = opening;
    }
    return this.opening;
  }

  private async start(onEnd: () => void): Promise<WorkerSession> {
    const { read, spec, dimension, threads, providers = ['cpu'], file } = this.options;
    try {
      const { input, mask, output, length, padding, lowerCase } = spec;
      const workerData: OnnxruntimeTextSettings = {
        ...(await read()),
        spec: { input, output, length, padding, lowerCase, ...(mask !== undefined && { mask }) },
        ...{ dimension, threads, providers },
      };
      const worker = workerUrl(import.meta.url, './onnxruntime-text.worker');
      const session = new WorkerSession(
        { worker, workerData, sharesEnvironment: false, modelFile: file },
        onEnd,
      );
      try {
        await session.ready;
        return session;
      } catch (error) {
        await session.close();
        throw error;
      }
    } catch (error) {
      onEnd();
      throw error;
    }
  }
}

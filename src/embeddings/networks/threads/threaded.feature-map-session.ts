import type { ModelManifest } from '../../catalogue/model-manifest.ts';
import type { Pixels } from '../feature-extractor.port.ts';
import { featureMapOf, type FeatureMap, type MappedNetwork } from '../feature-map.ts';
import type { FeatureMapSession } from '../feature-maps.port.ts';
import { WorkerSession } from './worker-session.ts';

export interface FeatureMapParts {
  readonly manifest: ModelManifest;
  /** See `MappedNetwork`. */
  readonly channelsLast: boolean;
  /** The code that runs in the thread, and what it is started with. */
  readonly worker: URL;
  readonly workerData: object;
  readonly sharesEnvironment?: boolean;
}

/** Runs a network up to its feature map in one thread, whatever the runtime. */
export class ThreadedFeatureMapSession implements FeatureMapSession {
  private readonly network: MappedNetwork;
  private readonly session: WorkerSession;

  private constructor(parts: FeatureMapParts) {
    const { manifest, channelsLast, worker, workerData, sharesEnvironment = false } = parts;
    this.network = { id: manifest.id, channels: manifest.dimension, channelsLast };
    this.session = new WorkerSession(
      { worker, workerData, sharesEnvironment, modelFile: manifest.file },
      () => undefined,
    );
  }

  /** Rejects with `MODEL_INVALID` or `EMBEDDING_UNAVAILABLE`. */
  static async open(parts: FeatureMapParts): Promise<ThreadedFeatureMapSession> {
    const opened = new ThreadedFeatureMapSession(parts);
    try {
      await opened.session.ready;
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  async extractMap(pixels: Pixels): Promise<FeatureMap> {
    // The thread takes over the memory of what it is sent.
    const numbers = await this.session.runBatch(new Uint8Array(pixels), 1);
    return featureMapOf(this.network, numbers, this.session.outputShape);
  }

  async close(): Promise<void> {
    await this.session.close();
  }
}

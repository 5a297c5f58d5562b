import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ModelCatalogue } from '../catalogue/model-catalogue.ts';
import { readTextFiles } from '../catalogue/model-files.ts';
import type { ModelManifest, TextTower } from '../catalogue/model-manifest.ts';
import { networkIdentity } from '../models/model-identity.ts';
import { EmbeddingStore } from '../pipeline/embedding-store.ts';
import { FeatureExtractors } from './feature-extractor.port.ts';
import { Network } from './network.ts';
import { SessionPlans } from './session-plans.ts';
import { TextFeatureExtractors, type TextTowerParts } from './text-feature-extractor.port.ts';

/**
 * The networks of this process. Each variant exists once, however many models use it; it is loaded on
 * first use and stays loaded until the process ends.
 */
@Injectable()
export class NetworkPool implements OnApplicationShutdown {
  private readonly networks = new Map<string, Network>();

  constructor(
    private readonly catalogue: ModelCatalogue,
    private readonly store: EmbeddingStore,
    private readonly extractors: FeatureExtractors,
    private readonly plans: SessionPlans,
    private readonly texts: TextFeatureExtractors,
  ) {}

  getNetwork(manifest: ModelManifest): Network {
    const { key } = networkIdentity(manifest);
    let network = this.networks.get(key);
    if (network === undefined) {
      const folder = this.catalogue.folderOf(manifest);
      const { text, dimension } = manifest;
      network = new Network(
        manifest,
        this.store.cacheFor(key, dimension),
        async () =>
          this.extractors.makeExtractor(manifest, folder, await this.plans.planFor(manifest, folder)),
        text && (() => this.texts.makeExtractor(towerOf(text, dimension, folder))),
      );
      this.networks.set(key, network);
    }
    return network;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.networks.values()].map((network) => network.closeNetwork()));
  }
}

function towerOf(text: TextTower, dimension: number, folder: string): TextTowerParts {
  return { spec: text, dimension, file: text.file, read: () => readTextFiles(folder, text) };
}

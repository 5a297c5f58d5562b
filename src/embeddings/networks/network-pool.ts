import type { Database } from '../../database/index.ts';
import { EmbeddingCache } from '../pipeline/embedding-store.ts';
import { FeatureExtractors } from './feature-extractors.ts';
import { ModelCatalogue } from '../catalogue/model-catalogue.ts';
import { networkIdentity } from '../models/model-identity.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import { Network } from './network.ts';
import { SessionPlans } from './session-plans.ts';

/**
 * The networks of this process: each variant once, however many models it is part of, loaded at first
 * use and kept until the end.
 */
export class Networks {
  private readonly networks = new Map<string, Network>();
  private readonly catalogue: ModelCatalogue;
  private readonly database: Database;
  private readonly extractors: FeatureExtractors;
  private readonly plans: SessionPlans;

  constructor(
    catalogue: ModelCatalogue,
    database: Database,
    extractors: FeatureExtractors,
    plans: SessionPlans,
  ) {
    this.catalogue = catalogue;
    this.database = database;
    this.extractors = extractors;
    this.plans = plans;
  }

  of(manifest: ModelManifest): Network {
    const { key } = networkIdentity(manifest);
    let network = this.networks.get(key);
    if (network === undefined) {
      const folder = this.catalogue.folderOf(manifest);
      network = new Network(manifest, new EmbeddingCache(this.database, key, manifest.dimension), async () =>
        this.extractors.make(manifest, folder, await this.plans.planFor(manifest, folder)),
      );
      this.networks.set(key, network);
    }
    return network;
  }

  async close(): Promise<void> {
    await Promise.all([...this.networks.values()].map((network) => network.close()));
  }
}

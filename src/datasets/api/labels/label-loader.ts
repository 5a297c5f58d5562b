import DataLoader from 'dataloader';
import { Injectable } from '@nestjs/common';
import { DatasetsService } from '../../catalogue/datasets.service.ts';

interface LabelKey {
  readonly datasetId: number;
  readonly key: string;
}

/** Loads how many images have labels, for all labels of a request together. */
@Injectable()
export class LabelLoader {
  private readonly loaders = new WeakMap<object, DataLoader<LabelKey, number, string>>();

  constructor(private readonly datasets: DatasetsService) {}

  /** How many images have a label. `context` is the GraphQL context of the request. */
  async imageCount(context: object, label: LabelKey): Promise<number> {
    let loader = this.loaders.get(context);
    if (loader === undefined) {
      loader = new DataLoader((labels: readonly LabelKey[]) => this.load(labels), {
        cacheKeyFn: ({ datasetId, key }) => `${datasetId} ${key}`,
      });
      this.loaders.set(context, loader);
    }
    return loader.load(label);
  }

  private async load(labels: readonly LabelKey[]): Promise<number[]> {
    const found = new Map<number, ReadonlyMap<string, { readonly imageCount: number }>>();
    for (const datasetId of new Set(labels.map((label) => label.datasetId))) {
      const keys = labels.filter((label) => label.datasetId === datasetId).map(({ key }) => key);
      found.set(datasetId, await this.datasets.labelsByKey(datasetId, keys));
    }
    return labels.map(({ datasetId, key }) => found.get(datasetId)?.get(key)?.imageCount ?? 0);
  }
}

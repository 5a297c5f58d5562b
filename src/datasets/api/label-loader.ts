import DataLoader from 'dataloader';
import { Injectable } from '@nestjs/common';
import type { Label, LabelName } from '../catalogue/datasets.ts';
import { DatasetsService } from '../catalogue/datasets.service.ts';

/** Loads the labels of each dataset once per request, however many of its images need them. */
@Injectable()
export class LabelLoader {
  private readonly names = new WeakMap<object, Map<number, ReadonlyMap<string, LabelName>>>();
  private readonly loaders = new WeakMap<object, DataLoader<number, ReadonlyMap<string, Label>>>();

  constructor(private readonly datasets: DatasetsService) {}

  /** The labels of a dataset by key, without counting their images. `context` is the GraphQL context of the request. */
  namesOf(context: object, datasetId: number): ReadonlyMap<string, LabelName> {
    let ofRequest = this.names.get(context);
    if (ofRequest === undefined) {
      ofRequest = new Map();
      this.names.set(context, ofRequest);
    }
    let names = ofRequest.get(datasetId);
    if (names === undefined) {
      names = this.datasets.labelNames(datasetId);
      ofRequest.set(datasetId, names);
    }
    return names;
  }

  /** The labels of a dataset that images have, by key. `context` is the GraphQL context of the request. */
  async load(context: object, datasetId: number): Promise<ReadonlyMap<string, Label>> {
    let loader = this.loaders.get(context);
    if (loader === undefined) {
      loader = new DataLoader(async (ids) =>
        Promise.all(
          ids.map(async (id) => new Map((await this.datasets.labels(id)).map((label) => [label.key, label]))),
        ),
      );
      this.loaders.set(context, loader);
    }
    return loader.load(datasetId);
  }
}

import DataLoader from 'dataloader';
import { Injectable } from '@nestjs/common';
import type { Label } from '../catalogue/datasets.ts';
import { DatasetsService } from '../catalogue/datasets.service.ts';

/** Loads the labels of each dataset once per request, however many of its images need them. */
@Injectable()
export class LabelLoader {
  private readonly loaders = new WeakMap<object, DataLoader<number, ReadonlyMap<string, Label>>>();

  constructor(private readonly datasets: DatasetsService) {}

  /** The labels of a dataset by key. `context` is the GraphQL context of the request. */
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

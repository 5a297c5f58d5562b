import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { DatasetModel, ImagesService } from '../datasets/index.ts';
import { EmbeddingsService } from '../embeddings/index.ts';
import { DatasetIndexes } from './dataset-indexes.ts';
import { DatasetIndexModel, DatasetIndexState } from './models/dataset-index.model.ts';
import { VectorIndex } from './vector-index.port.ts';

/** Adds to a dataset what only this app knows: its index. */
@Resolver(() => DatasetModel)
export class DatasetIndexResolver {
  constructor(
    private readonly indexes: DatasetIndexes,
    private readonly images: ImagesService,
    private readonly embeddings: EmbeddingsService,
    private readonly vectorIndex: VectorIndex,
  ) {}

  @ResolveField(() => DatasetIndexModel, { nullable: true, description: 'Null until a build was asked for.' })
  async index(@Parent() dataset: DatasetModel): Promise<DatasetIndexModel | null> {
    const all = await this.indexes.ofDataset(Number(dataset.id));
    const index = all.find(({ ready }) => ready) ?? all[0];
    if (index === undefined) return null;
    const pending = await this.images.countChangesAfter(index.datasetId, index.checkpoint);
    const upToDate = pending === 0 ? DatasetIndexState.READY : DatasetIndexState.STALE;
    return {
      model: this.embeddings.describe(index.model),
      state: index.ready ? upToDate : DatasetIndexState.BUILDING,
      indexed: await this.vectorIndex.count(index.name),
      pending,
      labelIds: index.labelIds === undefined ? null : [...index.labelIds],
      updatedAt: index.updatedAt,
    };
  }
}

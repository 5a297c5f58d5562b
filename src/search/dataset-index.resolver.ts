import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { DatasetModel } from '../datasets/index.ts';
import { EmbeddingsService } from '../embeddings/index.ts';
import { DatasetIndexModel, DatasetIndexState } from './models/dataset-index.model.ts';
import { SearchService, type IndexStatus } from './search.service.ts';

/** Adds to a dataset what only this app knows: its index. */
@Resolver(() => DatasetModel)
export class DatasetIndexResolver {
  constructor(
    private readonly search: SearchService,
    private readonly embeddings: EmbeddingsService,
  ) {}

  @ResolveField(() => DatasetIndexModel, { nullable: true, description: 'Null until a build was asked for.' })
  async index(@Parent() dataset: DatasetModel): Promise<DatasetIndexModel | null> {
    const status = await this.search.indexStatus(Number(dataset.id));
    if (status === null) return null;
    return {
      model: this.embeddings.describe(status.model),
      state: stateOf(status),
      indexed: status.indexed,
      pending: status.pending,
      labelIds: status.labelIds === undefined ? null : [...status.labelIds],
      updatedAt: status.updatedAt,
    };
  }
}

function stateOf({ ready, pending }: IndexStatus): DatasetIndexState {
  if (!ready) return DatasetIndexState.BUILDING;
  return pending === 0 ? DatasetIndexState.READY : DatasetIndexState.STALE;
}

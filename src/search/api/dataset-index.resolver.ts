import { Float, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { DatasetType } from '../../datasets/index.ts';
import { EmbeddingModelDescriptions } from '../../embeddings/index.ts';
import { DatasetIndexModel, DatasetIndexState, IndexProjectionModel } from './dataset-index.type.ts';
import { SearchService, type IndexStatus } from '../query/search.service.ts';

/** Adds to a dataset what only this app knows: its index. */
@Resolver(() => DatasetType)
export class DatasetIndexResolver {
  constructor(
    private readonly search: SearchService,
    private readonly models: EmbeddingModelDescriptions,
  ) {}

  @ResolveField(() => DatasetIndexModel, {
    nullable: true,
    description: 'The one that answers, or that is being built; null until a build was asked for.',
  })
  async index(@Parent() dataset: DatasetType): Promise<DatasetIndexModel | null> {
    const status = await this.search.indexStatus(Number(dataset.id));
    return status === null ? null : this.toModel(status);
  }

  @ResolveField(() => [DatasetIndexModel], {
    description: 'All of them, the newest first: also one that is being built, and those that were replaced.',
  })
  async indexes(@Parent() dataset: DatasetType): Promise<DatasetIndexModel[]> {
    const statuses = await this.search.indexStatuses(Number(dataset.id));
    return statuses.map((status) => this.toModel(status));
  }

  private toModel(status: IndexStatus): DatasetIndexModel {
    const { model, indexed, pending, labelIds, updatedAt } = status;
    return {
      status,
      model: this.models.describe(model),
      state: stateOf(status),
      indexed,
      pending,
      labelIds: labelIds === undefined ? null : [...labelIds],
      updatedAt,
    };
  }
}

/** What is asked of the vector index or of the database only where a client wants it. */
@Resolver(() => DatasetIndexModel)
export class DatasetIndexDetailsResolver {
  constructor(private readonly search: SearchService) {}

  @ResolveField(() => Float, { description: 'Bytes that it takes on disk, about.' })
  async bytes(@Parent() { status }: DatasetIndexModel): Promise<number> {
    return this.search.sizeOf(status);
  }

  @ResolveField(() => IndexProjectionModel, {
    nullable: true,
    description: 'Null where vectors are kept at their full length.',
  })
  async projection(@Parent() { status }: DatasetIndexModel): Promise<IndexProjectionModel | null> {
    const projection = await this.search.projectionOf(status);
    if (projection === undefined) return null;
    return {
      version: projection.version,
      fittedOn: projection.stats.vectors,
      fittedAt: projection.fittedAt,
      explained: projection.stats.explained,
      drift: status.drift ?? null,
    };
  }
}

function stateOf({ ready, replaced, pending }: IndexStatus): DatasetIndexState {
  if (replaced) return DatasetIndexState.REPLACED;
  if (!ready) return DatasetIndexState.BUILDING;
  return pending === 0 ? DatasetIndexState.READY : DatasetIndexState.STALE;
}

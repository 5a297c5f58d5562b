import { Float, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { rowOf } from '../../../common/index.ts';
import { DatasetType } from '../../../datasets/index.ts';
import {
  EmbeddingModelDescriptions,
  explainLearning,
  isSupervised,
  type Learning,
} from '../../../embeddings/index.ts';
import {
  CalibrationMethod,
  DatasetIndexType,
  DatasetIndexState,
  IndexProjectionType,
  ProjectionLearningType,
  type IndexCalibrationType,
} from './dataset-index.type.ts';
import type { Calibration } from '../../confidence/calibrate.ts';
import { IndexesService, type IndexStatus } from '../../indexing/indexes.service.ts';

/** Adds to a dataset its indexes, which only this app knows about. */
@Resolver(() => DatasetType)
export class DatasetIndexResolver {
  constructor(
    private readonly indexesService: IndexesService,
    private readonly models: EmbeddingModelDescriptions,
  ) {}

  @ResolveField(() => DatasetIndexType, {
    nullable: true,
    description: 'The index that answers queries, or else the newest one; null until a build is requested.',
  })
  async index(@Parent() dataset: DatasetType): Promise<DatasetIndexType | null> {
    const status = await this.indexesService.findStatus(rowOf(dataset.id));
    return status === undefined ? null : this.toType(status);
  }

  @ResolveField(() => [DatasetIndexType], {
    description:
      'All indexes, newest first, including one that is being built and those that have been replaced.',
  })
  async indexes(@Parent() dataset: DatasetType): Promise<DatasetIndexType[]> {
    const statuses = await this.indexesService.listStatuses(rowOf(dataset.id));
    return statuses.map((status) => this.toType(status));
  }

  private toType(status: IndexStatus): DatasetIndexType {
    const { model, indexed, pending, labelIds, calibration, updatedAt } = status;
    return {
      status,
      model: this.models.describe(model),
      state: stateOf(status),
      indexed,
      pending,
      labelIds: labelIds === undefined ? null : [...labelIds],
      calibration: calibration === undefined ? null : toCalibrationType(calibration),
      updatedAt,
    };
  }
}

/** Fields that take a further request to the vector index or the database, made only if a client asks for them. */
@Resolver(() => DatasetIndexType)
export class DatasetIndexDetailsResolver {
  constructor(private readonly indexes: IndexesService) {}

  @ResolveField(() => Float, { description: 'The approximate size of the index on disk, in bytes.' })
  async bytes(@Parent() { status }: DatasetIndexType): Promise<number> {
    return this.indexes.sizeOf(status);
  }

  @ResolveField(() => IndexProjectionType, {
    nullable: true,
    description: 'Null if the vectors have their full length.',
  })
  async projection(@Parent() { status }: DatasetIndexType): Promise<IndexProjectionType | null> {
    const projection = await this.indexes.findProjection(status);
    if (projection === undefined) return null;
    const { vectors, explained, learning } = projection.stats;
    return {
      version: projection.version,
      fittedOn: vectors,
      fittedAt: projection.fittedAt,
      explained,
      drift: status.drift ?? null,
      supervised: isSupervised(projection.stats),
      strength: learning?.stretch ?? null,
      learning: learning === undefined ? null : toLearningType(learning),
    };
  }
}

function toLearningType(learning: Learning): ProjectionLearningType {
  const { reason, decidedAt, labels, images, precision, recall, feedback } = learning;
  return {
    reason,
    explanation: explainLearning(learning),
    testedAt: new Date(decidedAt),
    labels,
    images,
    precisionBefore: precision?.precisionBefore ?? null,
    precisionAfter: precision?.precisionAfter ?? null,
    gain: precision?.gain ?? null,
    copies: recall?.copies ?? null,
    instanceRecallBefore: recall?.recallBefore ?? null,
    instanceRecallAfter: recall?.recallAfter ?? null,
    feedback: feedback ?? null,
  };
}

function toCalibrationType({ curve, ...fitted }: Calibration): IndexCalibrationType {
  const method = curve.method === 'isotonic' ? CalibrationMethod.ISOTONIC : CalibrationMethod.PLATT;
  return { method, ...fitted };
}

function stateOf({ ready, replaced, pending }: IndexStatus): DatasetIndexState {
  if (replaced) return DatasetIndexState.REPLACED;
  if (!ready) return DatasetIndexState.BUILDING;
  return pending === 0 ? DatasetIndexState.READY : DatasetIndexState.STALE;
}

import { Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { EmbeddingModelType, LearningReason } from '../../../embeddings/index.ts';
import type { IndexStatus } from '../../indexing/indexes.service.ts';
import { MeasuredShareType } from '../evaluation/evaluation.type.ts';

export enum DatasetIndexState {
  BUILDING = 'BUILDING',
  STALE = 'STALE',
  READY = 'READY',
  REPLACED = 'REPLACED',
}

registerEnumType(DatasetIndexState, {
  description: 'Whether an index answers queries, and whether it is up to date.',
  name: 'DatasetIndexState',
  valuesMap: {
    BUILDING: {
      description: 'The first build has not been completed, so the index does not answer queries.',
    },
    STALE: {
      description: 'Answers queries, but images have changed since; `buildIndex` brings it up to date.',
    },
    READY: { description: 'Answers queries and is up to date.' },
    REPLACED: {
      description:
        'Another index has replaced it. It is kept as it was until `dropReplacedIndexes` is called.',
    },
  },
});

registerEnumType(LearningReason, {
  description: 'Why a projection has learnt from labels, or has not.',
  name: 'LearningReason',
  valuesMap: {
    GAIN: {
      description: 'Searches find significantly more images of the same label, and altered copies as before.',
    },
    TOO_FEW_LABELS: { description: 'Fewer than two labels have five images or more.' },
    NO_GAIN: { description: 'Searches would not find significantly more images of the same label.' },
    COPIES_LOST: { description: 'Searches would lose altered copies of pictures.' },
    FEEDBACK: { description: 'Labels do not help, but what people found relevant does: see `feedback`.' },
    NO_COPIES: { description: 'No picture could be altered, so that the loss could not be tested.' },
  },
});

const CROSS_VALIDATED =
  'The share of the ten nearest images that share a label, by cross-validation within the dataset,';
const IF_TESTED = 'null if that was not tested.';

@ObjectType('ProjectionFeedback', {
  description:
    'What images that people found relevant, or chose, bring beyond labels. Pairs that were held out are ranked ' +
    'before and after learning from the others.',
})
export class ProjectionFeedbackType {
  @Field(() => Int, {
    description: 'The number of pairs of a query and an image that was found relevant to it.',
  })
  pairs!: number;

  @Field(() => Boolean, { description: 'Whether the projection has learnt from them.' })
  isUsed!: boolean;

  @Field(() => MeasuredShareType, {
    description: 'The mean of one divided by the rank of the image, without learning from pairs.',
  })
  rankBefore!: MeasuredShareType;

  @Field(() => MeasuredShareType, { description: 'The same with what other pairs teach.' })
  rankAfter!: MeasuredShareType;

  @Field(() => MeasuredShareType, { description: 'The difference, with its interval of 95 %.' })
  gain!: MeasuredShareType;
}

@ObjectType('ProjectionLearning', {
  description: 'What came of learning a projection from the labels of a dataset, when it was last tested.',
})
export class ProjectionLearningType {
  @Field(() => LearningReason, { description: 'Why the projection has learnt from labels, or has not.' })
  reason!: LearningReason;

  @Field(() => String, { description: 'The same in a sentence or two, with figures.' })
  explanation!: string;

  @Field(() => Date, { description: 'When it was tested.' })
  testedAt!: Date;

  @Field(() => Int, { description: 'The number of labels of five images or more.' })
  labels!: number;

  @Field(() => Int, { description: 'The number of images with such a label that it was fitted on.' })
  images!: number;

  @Field(() => MeasuredShareType, {
    nullable: true,
    description: `${CROSS_VALIDATED} without labels; ${IF_TESTED}`,
  })
  precisionBefore!: MeasuredShareType | null;

  @Field(() => MeasuredShareType, {
    nullable: true,
    description: `${CROSS_VALIDATED} at the best strength; ${IF_TESTED}`,
  })
  precisionAfter!: MeasuredShareType | null;

  @Field(() => MeasuredShareType, {
    nullable: true,
    description: `The difference of the two, paired by image; ${IF_TESTED}`,
  })
  gain!: MeasuredShareType | null;

  @Field(() => Int, { nullable: true, description: `The number of altered copies; ${IF_TESTED}` })
  copies!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: `The share of altered copies whose picture is found first, without labels; ${IF_TESTED}`,
  })
  instanceRecallBefore!: number | null;

  @Field(() => Float, { nullable: true, description: `The same at the best strength; ${IF_TESTED}` })
  instanceRecallAfter!: number | null;

  @Field(() => ProjectionFeedbackType, {
    nullable: true,
    description: 'What feedback brings beyond labels; null if there are too few pairs to tell.',
  })
  feedback!: ProjectionFeedbackType | null;
}

export enum CalibrationMethod {
  ISOTONIC = 'ISOTONIC',
  PLATT = 'PLATT',
}

registerEnumType(CalibrationMethod, {
  description:
    'The curve that turns scores into confidences: the one that is closer on images left out of its fit.',
  name: 'CalibrationMethod',
  valuesMap: {
    ISOTONIC: { description: 'The best of all curves that never fall.' },
    PLATT: { description: 'A sigmoid.' },
  },
});

@ObjectType('IndexProjection', {
  description: 'The projection that shortens the vectors of an index, fitted on the images of its dataset.',
})
export class IndexProjectionType {
  @Field(() => Int, { description: 'The number of the fit for this dataset and model, starting at 1.' })
  version!: number;

  @Field(() => Int, { description: 'The number of images that it was fitted on.' })
  fittedOn!: number;

  @Field(() => Date)
  fittedAt!: Date;

  @Field(() => Float, { description: 'The share of the variance of those images that it preserves, 0 to 1.' })
  explained!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      'How much less of the variance it preserves for the current images, as a share: 0 means no loss. If it is well ' +
      'above 0.15, call `buildIndex` with `refit: true`. Null if it has not been measured.',
  })
  drift!: number | null;

  @Field(() => Boolean, { description: 'Whether it has learnt from the labels of the dataset.' })
  supervised!: boolean;

  @Field(() => Float, {
    nullable: true,
    description:
      'How far directions that tell labels apart are stretched, up to 3; 1 if differences within labels are only made ' +
      'equal. Null if it is not supervised.',
  })
  strength!: number | null;

  @Field(() => ProjectionLearningType, {
    nullable: true,
    description: 'What came of learning from labels; null if the model does not ask for it.',
  })
  learning!: ProjectionLearningType | null;
}

@ObjectType('IndexCalibration', {
  description: 'What the scores of an index mean, as the labels of its own images tell.',
})
export class IndexCalibrationType {
  @Field(() => CalibrationMethod)
  method!: CalibrationMethod;

  @Field(() => Int, { description: 'The number of labelled images whose nearest neighbours were looked at.' })
  queries!: number;

  @Field(() => Int, { description: 'The number of those neighbours.' })
  pairs!: number;

  @Field(() => Float, {
    description:
      'How far confidences are from the shares that were observed, on images that were left out of the fit, 0 to 1.',
  })
  expectedCalibrationError!: number;
}

@ObjectType('DatasetIndex', { description: 'The vectors of a dataset, computed with one model.' })
export class DatasetIndexType {
  @Field(() => EmbeddingModelType)
  model!: EmbeddingModelType;

  @Field(() => DatasetIndexState)
  state!: DatasetIndexState;

  @Field(() => Int, { description: 'The number of images in the index.' })
  indexed!: number;

  @Field(() => Int, { description: 'The number of images that have changed and are not in the index yet.' })
  pending!: number;

  @Field(() => [ID], {
    nullable: true,
    description: 'The labels to which the index is restricted; null if it contains all images.',
  })
  labelIds!: string[] | null;

  @Field(() => IndexCalibrationType, {
    nullable: true,
    description:
      'Null if too few images have labels, or if it was last built by a version that did not calibrate indexes.',
  })
  calibration!: IndexCalibrationType | null;

  @Field(() => Date)
  updatedAt!: Date;

  /** Not part of the schema: further fields are resolved from it. */
  status!: IndexStatus;
}

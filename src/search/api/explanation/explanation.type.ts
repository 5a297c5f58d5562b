import { ArgsType, Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { ValidateNested } from 'class-validator';
import { ImageRefInput } from '../../../datasets/index.ts';
import { EmbeddingModelType } from '../../../embeddings/index.ts';
import type { ExplainedPicture } from '../../explanation/explanations.service.ts';
import { gridCost } from '../query/search-cost.ts';
import { SearchedWith } from '../query/similar-images.args.ts';

@ArgsType()
export class ExplainArgs extends SearchedWith {
  @Field(() => ImageRefInput, {
    description: 'The hit: any image of a dataset that is indexed, whether the search has found it or not.',
  })
  @ValidateNested()
  @Type(() => ImageRefInput)
  image!: ImageRefInput;
}

@ObjectType('PictureRegion', {
  description:
    'A part of a picture, as fractions (0 to 1) of its width and height once it is turned upright.',
})
export class PictureRegionType {
  @Field(() => Float)
  x!: number;

  @Field(() => Float)
  y!: number;

  @Field(() => Float)
  width!: number;

  @Field(() => Float)
  height!: number;
}

@ObjectType('ExplainedPicture', {
  description: 'What each part of a picture contributes to a score, if the other picture is left as it is.',
})
export class ExplainedPictureType {
  @Field(() => Int)
  rows!: number;

  @Field(() => Int)
  columns!: number;

  @Field(() => [Float], {
    complexity: gridCost,
    description:
      'The contributions, row by row: `rows` × `columns` numbers whose sum is the score. Negative parts lower it.',
  })
  values!: number[];

  @Field(() => PictureRegionType, {
    description:
      'What the grid covers. Networks see the middle of a picture, or of the region that was searched with: the rest has no part in the score.',
  })
  region!: PictureRegionType;

  /** The API draws it for `heatMapUrl`. */
  explained!: ExplainedPicture;
}

@ObjectType('Explanation', {
  description:
    'Which parts of a query and of a hit make them alike. It divides their score and is no statement about what the pictures show.',
})
export class ExplanationType {
  @Field(() => Float, { description: 'The cosine similarity, as the search gives it.' })
  score!: number;

  @Field(() => ExplainedPictureType)
  query!: ExplainedPictureType;

  @Field(() => ExplainedPictureType)
  hit!: ExplainedPictureType;

  @Field(() => EmbeddingModelType, { description: 'The model of the index of the hit.' })
  model!: EmbeddingModelType;

  @Field(() => Float, {
    description: 'The time that the explanation took without heat maps, in milliseconds.',
  })
  tookMs!: number;
}

export function toExplainedPictureType(explained: ExplainedPicture): ExplainedPictureType {
  const { rows, columns, values, region } = explained.grid;
  return { rows, columns, values: [...values], region, explained };
}

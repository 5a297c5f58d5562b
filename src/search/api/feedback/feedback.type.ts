import { Field, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { IsEnum, IsOptional, IsString, ValidateNested } from 'class-validator';
import { Connection, globalId } from '../../../common/index.ts';
import { ImageRefInput, ImageType, toImageType } from '../../../datasets/index.ts';
import { EmbeddingModelType } from '../../../embeddings/index.ts';
import type { KnownFeedback } from '../../feedback/feedback.service.ts';
import { Verdict } from '../../feedback/feedback.ts';
import { MeasuredShareType } from '../evaluation/evaluation.type.ts';
import { RegionInput } from '../query/similar-images.input.ts';

registerEnumType(Verdict, {
  name: 'Verdict',
  description: 'What somebody thinks of a hit.',
  valuesMap: {
    RELEVANT: { description: 'It is a good answer.' },
    NOT_RELEVANT: { description: 'It should not be among the first hits.' },
    CHOSEN: { description: 'It is the one that was looked for: it was clicked, bought, used.' },
  },
});

@InputType({
  isOneOf: true,
  description: 'What was searched with: exactly one of these fields.',
})
export class FeedbackQueryInput {
  @Field(() => ImageRefInput, { nullable: true, description: 'An image of the catalogue.' })
  @IsOptional()
  @ValidateNested()
  @Type(() => ImageRefInput)
  image?: ImageRefInput;

  @Field(() => ID, {
    nullable: true,
    description:
      'A picture that was added with `addQueryPicture`. Its features are kept after it has expired.',
  })
  @IsOptional()
  @IsString()
  queryPictureId?: string;
}

@InputType({ description: 'What somebody thinks of a hit.' })
export class RecordFeedbackInput {
  @Field(() => FeedbackQueryInput)
  @ValidateNested()
  @Type(() => FeedbackQueryInput)
  query!: FeedbackQueryInput;

  @Field(() => RegionInput, {
    nullable: true,
    description: 'The part of the picture that was searched with.',
  })
  @IsOptional()
  @ValidateNested()
  @Type(() => RegionInput)
  region?: RegionInput | null;

  @Field(() => ImageRefInput, { description: 'The hit.' })
  @ValidateNested()
  @Type(() => ImageRefInput)
  image!: ImageRefInput;

  @Field(() => Verdict)
  @IsEnum(Verdict)
  verdict!: Verdict;

  @Field(() => String, {
    nullable: true,
    description: 'Who judges, such as a user or a session of yours: 1 to 200 characters.',
  })
  @IsOptional()
  @IsString()
  clientKey?: string | null;
}

@ObjectType('Feedback', { description: 'A verdict about an image as the answer to a query.' })
export class FeedbackType {
  @Field(() => ID)
  id!: string;

  @Field(() => ImageType, {
    nullable: true,
    description: 'The image that was searched with; null if it was a query picture.',
  })
  queryImage!: ImageType | null;

  @Field(() => String, {
    nullable: true,
    description: 'The sha256 of the query picture that was searched with; null if it was an image.',
  })
  queryPictureSha256!: string | null;

  @Field(() => ImageType)
  image!: ImageType;

  @Field(() => Verdict)
  verdict!: Verdict;

  @Field(() => String, { nullable: true })
  clientKey!: string | null;

  @Field(() => Date)
  judgedAt!: Date;
}

export function toFeedbackType({
  id,
  query,
  image,
  queryImage,
  verdict,
  clientKey,
  judgedAt,
}: KnownFeedback): FeedbackType {
  return {
    id: globalId('Feedback', id),
    queryImage: queryImage === undefined ? null : toImageType(queryImage),
    queryPictureSha256: 'pictureSha256' in query ? query.pictureSha256 : null,
    image: toImageType(image),
    verdict,
    clientKey,
    judgedAt,
  };
}

@ObjectType('FeedbackConnection', { description: 'A page of verdicts.' })
export class FeedbackConnection extends Connection(FeedbackType, 'Feedback') {}

@ObjectType({ description: 'What became of the verdicts to delete.' })
export class DeleteFeedbackPayload {
  @Field(() => [ID], { description: 'The ids of the verdicts that existed.' })
  deletedIds!: string[];
}

@ObjectType('MeanOverQueries', { description: 'A mean over queries with its 95 % bootstrap interval.' })
export class MeanOverQueriesType extends MeasuredShareType {
  @Field(() => Int, { description: 'The number of queries that it is over.' })
  queries!: number;
}

@ObjectType('FeedbackEvaluation', {
  description: 'How well the index answers queries whose hits people have judged. Chosen hits are relevant.',
})
export class FeedbackEvaluationType {
  @Field(() => Int, { description: 'The number of queries that were asked again.' })
  queries!: number;

  @Field(() => Int, {
    description:
      'The number of queries that cannot be: their pictures have expired, and were searched with under other networks.',
  })
  unavailable!: number;

  @Field(() => Int)
  relevant!: number;

  @Field(() => Int)
  notRelevant!: number;

  @Field(() => Int)
  chosen!: number;

  @Field(() => Int, { description: 'The number of hits that were looked at.' })
  k!: number;

  @Field(() => MeanOverQueriesType, {
    nullable: true,
    description: 'How often the first hit is relevant, over the queries of which it has been judged.',
  })
  precisionAt1!: MeanOverQueriesType | null;

  @Field(() => MeanOverQueriesType, {
    nullable: true,
    description:
      'The share of relevant hits among the judged ones of the first k, over the queries that have such.',
  })
  precisionAtK!: MeanOverQueriesType | null;

  @Field(() => MeanOverQueriesType, {
    nullable: true,
    description:
      '1 / the rank of the first chosen image, 0 if it is not among the first 100 hits, over the queries with chosen images.',
  })
  meanReciprocalRank!: MeanOverQueriesType | null;

  @Field(() => EmbeddingModelType)
  model!: EmbeddingModelType;
}

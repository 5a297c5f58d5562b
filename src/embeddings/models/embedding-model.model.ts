import { Field, ID, Int, ObjectType } from '@nestjs/graphql';

const GONE = 'null where the model is not installed any more';

@ObjectType('EmbeddingModel', { description: 'A network that turns pictures into vectors.' })
export class EmbeddingModelModel {
  @Field(() => ID)
  id!: string;

  @Field(() => String, {
    description: 'Names the model, its file and its preprocessing: embeddings compare only under equal keys.',
  })
  key!: string;

  @Field(() => String)
  revision!: string;

  @Field(() => String, { description: '`int8` or `float32`.' })
  precision!: string;

  @Field(() => Int, { description: 'Numbers in an embedding.' })
  dimension!: number;

  @Field(() => Boolean, { description: 'Whether this server embeds with it.' })
  isDefault!: boolean;

  @Field(() => Int, {
    nullable: true,
    description: `Side of the square, in pixels, that the network sees; ${GONE}.`,
  })
  inputSize!: number | null;

  @Field(() => String, { nullable: true, description: `SPDX identifier of the weights' licence; ${GONE}.` })
  licence!: string | null;

  @Field(() => String, { nullable: true, description: `Where the weights come from; ${GONE}.` })
  source!: string | null;

  @Field(() => String, { nullable: true, description: `Of the model's file; ${GONE}.` })
  sha256!: string | null;
}

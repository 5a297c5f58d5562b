import { Field, ID, Int, ObjectType } from '@nestjs/graphql';

const GONE = 'null where the model is not installed any more';
const ONE = `${GONE}, or is made of several networks`;

@ObjectType('EmbeddingNetwork', { description: 'A network that a model is made of.' })
export class EmbeddingNetworkModel {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'Names the network, its file and its preprocessing.' })
  key!: string;

  @Field(() => String)
  revision!: string;

  @Field(() => String, { description: '`int8` or `float32`.' })
  precision!: string;

  @Field(() => String, { description: '`onnx`, `tfjs-graph` or `tfjs-layers`.' })
  format!: string;

  @Field(() => Int, { description: 'Numbers that it gives for a picture.' })
  dimension!: number;

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

@ObjectType('EmbeddingModel', {
  description:
    'What turns pictures into vectors: a network, or several whose features lie side by side, and perhaps a projection.',
})
export class EmbeddingModelModel {
  @Field(() => ID, { description: 'What it is called: `network`, `network+network`, `network@128`.' })
  id!: string;

  @Field(() => String, { nullable: true, description: '`fast` or `best`; null where it has no such name.' })
  name!: string | null;

  @Field(() => String, {
    description:
      'Names the model, its files, its preprocessing and its projection: embeddings compare only under equal keys.',
  })
  key!: string;

  @Field(() => String)
  revision!: string;

  @Field(() => String, { description: '`int8` or `float32`; joined by "+" where networks differ in it.' })
  precision!: string;

  @Field(() => Int, { description: 'Numbers in an embedding.' })
  dimension!: number;

  @Field(() => Boolean, { description: 'Whether new indexes are made with it.' })
  isDefault!: boolean;

  @Field(() => Int, {
    nullable: true,
    description: `Side of the square, in pixels, that the network sees; ${ONE}.`,
  })
  inputSize!: number | null;

  @Field(() => String, { nullable: true, description: `SPDX identifier of the weights' licence; ${ONE}.` })
  licence!: string | null;

  @Field(() => String, { nullable: true, description: `Where the weights come from; ${ONE}.` })
  source!: string | null;

  @Field(() => String, { nullable: true, description: `Of the model's file; ${ONE}.` })
  sha256!: string | null;

  @Field(() => [EmbeddingNetworkModel])
  networks!: EmbeddingNetworkModel[];
}

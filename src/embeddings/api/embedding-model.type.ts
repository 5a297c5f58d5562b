import { Field, ID, Int, ObjectType } from '@nestjs/graphql';

const IF_INSTALLED = 'null if the model is no longer installed';
const IF_SINGLE = `${IF_INSTALLED} or consists of several networks`;

@ObjectType('EmbeddingNetwork', { description: 'One of the networks of a model.' })
export class EmbeddingNetworkType {
  @Field(() => ID, { description: 'Differs for each precision and format of the network.' })
  id!: string;

  @Field(() => String, { description: 'Names the network in specs of models.' })
  name!: string;

  @Field(() => String, { description: 'Identifies the network, its file and its preprocessing.' })
  key!: string;

  @Field(() => String)
  revision!: string;

  @Field(() => String, { description: '`int8` or `float32`.' })
  precision!: string;

  @Field(() => String, { description: '`onnx`, `tfjs-graph` or `tfjs-layers`.' })
  format!: string;

  @Field(() => Int, { description: 'Length of its feature vectors.' })
  dimension!: number;

  @Field(() => Int, {
    nullable: true,
    description: `Side of the square picture that the network sees, in pixels; ${IF_INSTALLED}.`,
  })
  inputSize!: number | null;

  @Field(() => String, {
    nullable: true,
    description: `SPDX identifier of the weights' licence; ${IF_INSTALLED}.`,
  })
  licence!: string | null;

  @Field(() => String, { nullable: true, description: `Where the weights come from; ${IF_INSTALLED}.` })
  source!: string | null;

  @Field(() => String, { nullable: true, description: `SHA-256 of the model file; ${IF_INSTALLED}.` })
  sha256!: string | null;
}

@ObjectType('EmbeddingModel', {
  description:
    'Turns pictures into vectors: one network, or several whose features are concatenated, optionally followed by a projection.',
})
export class EmbeddingModelType {
  @Field(() => ID, { description: 'Differs for each precision of its networks, and for each projection.' })
  id!: string;

  @Field(() => String, {
    description:
      'What `buildIndex` takes, such as `network`, `network+network`, `network@128` or `network@128:labels`.',
  })
  spec!: string;

  @Field(() => String, {
    nullable: true,
    description: '`fast` or `best`; null if the model has no such name.',
  })
  name!: string | null;

  @Field(() => String, {
    description:
      'Identifies the model, its files, its preprocessing and its projection. Embeddings are only comparable if their keys are equal.',
  })
  key!: string;

  @Field(() => String)
  revision!: string;

  @Field(() => String, { description: '`int8` or `float32`; joined by "+" if the networks differ.' })
  precision!: string;

  @Field(() => Int, { description: 'Length of an embedding.' })
  dimension!: number;

  @Field(() => Boolean, { description: 'Whether new indexes use this model by default.' })
  isDefault!: boolean;

  @Field(() => Boolean, {
    description:
      'Whether an index of this model can be searched with text: all of its networks have a text tower.',
  })
  text!: boolean;

  @Field(() => Int, {
    nullable: true,
    description: `Side of the square picture that the network sees, in pixels; ${IF_SINGLE}.`,
  })
  inputSize!: number | null;

  @Field(() => String, {
    nullable: true,
    description: `SPDX identifier of the weights' licence; ${IF_SINGLE}.`,
  })
  licence!: string | null;

  @Field(() => String, { nullable: true, description: `Where the weights come from; ${IF_SINGLE}.` })
  source!: string | null;

  @Field(() => String, { nullable: true, description: `SHA-256 of the model file; ${IF_SINGLE}.` })
  sha256!: string | null;

  @Field(() => [EmbeddingNetworkType])
  networks!: EmbeddingNetworkType[];
}

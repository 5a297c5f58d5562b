import { Field, Int, ObjectType } from '@nestjs/graphql';
import { AttributeType, type AttributeValue } from '../../../filters/index.ts';
import { AttributeValueScalar } from './attribute-value.scalar.ts';

@ObjectType('ImageAttribute', { description: 'An attribute of an image.' })
export class ImageAttributeType {
  @Field(() => String)
  name!: string;

  @Field(() => AttributeType)
  type!: AttributeType;

  @Field(() => AttributeValueScalar)
  value!: AttributeValue;
}

@ObjectType('AttributeValueCount', { description: 'How many images have a value.' })
export class AttributeValueCountType {
  @Field(() => AttributeValueScalar, { description: 'Of a list, one of its strings.' })
  value!: AttributeValue;

  @Field(() => Int, { description: 'The number of images.' })
  count!: number;
}

@ObjectType('Attribute', { description: 'An attribute that images of a dataset have.' })
export class DatasetAttributeType {
  @Field(() => String)
  name!: string;

  @Field(() => AttributeType)
  type!: AttributeType;

  @Field(() => Int, { description: 'The number of images of the dataset that have it.' })
  imageCount!: number;

  /** The API resolves it to `commonValues`. */
  datasetId!: number;
}

import { Field, InputType } from '@nestjs/graphql';
import type { FilterRequest, AttributeRequest, RequestedValue } from '../../../filters/index.ts';
import { AttributeValueScalar } from '../attributes/attribute-value.scalar.ts';

@InputType({
  description:
    'Compares an attribute of images: all the tests that are given must pass. An image without the attribute passes none of them. If several datasets are searched and the attribute has another type in one of them, no image of that dataset passes.',
})
export class AttributeFilterInput implements AttributeRequest {
  @Field(() => String)
  name!: string;

  @Field(() => AttributeValueScalar, {
    nullable: true,
    description: 'It is this value. A list contains this string.',
  })
  eq?: RequestedValue | null;

  @Field(() => [AttributeValueScalar], { nullable: true, description: 'It is one of these values.' })
  in?: RequestedValue[] | null;

  @Field(() => AttributeValueScalar, { nullable: true, description: 'It is greater, or later.' })
  gt?: RequestedValue | null;

  @Field(() => AttributeValueScalar, { nullable: true })
  gte?: RequestedValue | null;

  @Field(() => AttributeValueScalar, { nullable: true, description: 'It is less, or earlier.' })
  lt?: RequestedValue | null;

  @Field(() => AttributeValueScalar, { nullable: true })
  lte?: RequestedValue | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether the image has the attribute. False cannot be combined with other tests of the attribute.',
  })
  exists?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: 'A string contains this text, in either case; a list contains this string.',
  })
  contains?: string | null;
}

/** Checked by `resolveFilter`, since it may be nested deeply. */
@InputType({ description: 'Selects images: exactly one of the fields. A filter may be 8 levels deep.' })
export class ImageFilterInput implements FilterRequest {
  @Field(() => [ImageFilterInput], { nullable: true, description: 'All of these select the image.' })
  and?: ImageFilterInput[] | null;

  @Field(() => [ImageFilterInput], {
    nullable: true,
    description: 'At least one of these selects the image.',
  })
  or?: ImageFilterInput[] | null;

  @Field(() => ImageFilterInput, { nullable: true, description: 'This does not select the image.' })
  not?: ImageFilterInput | null;

  @Field(() => [String], {
    nullable: true,
    description: 'The image has at least one of the labels with these keys or names.',
  })
  labels?: string[] | null;

  @Field(() => AttributeFilterInput, { nullable: true })
  attribute?: AttributeFilterInput | null;
}

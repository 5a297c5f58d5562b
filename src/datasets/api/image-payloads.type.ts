import { createUnionType, Field, ID, ObjectType } from '@nestjs/graphql';
import { ImageType } from './image.type.ts';

@ObjectType('AddedImage', { description: 'An image that is in the dataset now.' })
export class AddedImageType {
  @Field(() => ImageType)
  image!: ImageType;

  @Field(() => Boolean, {
    description: 'False where the dataset had the same bytes under the same external id before.',
  })
  created!: boolean;
}

@ObjectType('ImageRejection', { description: 'Why an image was not added. The others were.' })
export class ImageRejectionType {
  @Field(() => String, { nullable: true, description: 'As it was given.' })
  externalId!: string | null;

  @Field(() => String, { nullable: true, description: 'Name of the uploaded file.' })
  filename!: string | null;

  @Field(() => String)
  code!: string;

  @Field(() => String)
  message!: string;
}

export const AddImageResult = createUnionType({
  name: 'AddImageResult',
  types: () => [AddedImageType, ImageRejectionType] as const,
  resolveType: (value: object) => ('image' in value ? AddedImageType : ImageRejectionType),
});

@ObjectType('AddImagesPayload')
export class AddImagesPayload {
  @Field(() => [AddImageResult], { description: 'One for each image, in the order they were given.' })
  results!: (AddedImageType | ImageRejectionType)[];
}

@ObjectType('DeleteImagesPayload')
export class DeleteImagesPayload {
  @Field(() => [ID], { description: 'Those that were there and are no more.' })
  deletedIds!: string[];
}

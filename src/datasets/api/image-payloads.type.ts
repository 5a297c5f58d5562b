import { createUnionType, Field, ID, ObjectType } from '@nestjs/graphql';
import { ImageType } from './image.type.ts';

@ObjectType('AddedImage', { description: 'An image that is now in the dataset.' })
export class AddedImageType {
  @Field(() => ImageType)
  image!: ImageType;

  @Field(() => Boolean, {
    description: 'False if the dataset already had the same bytes under the same external id.',
  })
  created!: boolean;
}

@ObjectType('ImageRejection', {
  description: 'Why an image was not added. The other images are not affected.',
})
export class ImageRejectionType {
  @Field(() => String, { nullable: true, description: 'As given in the request.' })
  externalId!: string | null;

  @Field(() => String, { nullable: true, description: 'The name of the uploaded file.' })
  filename!: string | null;

  @Field(() => String)
  code!: string;

  @Field(() => String)
  message!: string;
}

export const AddImageResult = createUnionType({
  name: 'AddImageResult',
  description: 'What became of one image.',
  types: () => [AddedImageType, ImageRejectionType] as const,
  resolveType: (value: object) => ('image' in value ? AddedImageType : ImageRejectionType),
});

@ObjectType('AddImagesPayload', { description: 'What became of the images that were to be added.' })
export class AddImagesPayload {
  @Field(() => [AddImageResult], { description: 'One for each image, in the order of the request.' })
  results!: (AddedImageType | ImageRejectionType)[];
}

@ObjectType('DeleteImagesPayload', { description: 'Which images have been deleted.' })
export class DeleteImagesPayload {
  @Field(() => [ID], { description: 'The ids of the images that existed and have been deleted.' })
  deletedIds!: string[];
}

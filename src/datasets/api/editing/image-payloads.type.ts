import { createUnionType, Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { ImageEdit } from '../../catalogue/image-edits.ts';
import { ImageType } from '../images/image.type.ts';

registerEnumType(ImageEdit, {
  name: 'ImageEdit',
  description: 'What a request has done to an image.',
  valuesMap: {
    REPLACED: { description: 'Its bytes were replaced.' },
    UPDATED: { description: 'Its labels, attributes or source were changed, and its bytes were not.' },
    UNCHANGED: { description: 'It was already as requested.' },
  },
});

@ObjectType('NotSearchable', { description: 'Why searches do not find an image.' })
export class NotSearchableType {
  @Field(() => String)
  code!: string;

  @Field(() => String)
  message!: string;
}

@ObjectType('EditedImage', { description: 'An image that is now as requested.' })
export class EditedImageType {
  @Field(() => ImageType)
  image!: ImageType;

  @Field(() => ImageEdit)
  edit!: ImageEdit;

  @Field(() => Boolean, { description: 'Whether searches find the image from now on, as it is now.' })
  searchable!: boolean;

  @Field(() => NotSearchableType, { nullable: true, description: 'The reason if it is not searchable.' })
  notSearchable!: NotSearchableType | null;
}

@ObjectType('ImageRejection', {
  description: 'Why nothing was done about an image. The others are not affected.',
})
export class ImageRejectionType {
  @Field(() => String, { nullable: true, description: 'As given in the request.' })
  externalId!: string | null;

  @Field(() => String, { nullable: true, description: 'The name of the uploaded file.' })
  filename!: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The id of the image that stays as it is, if there is one.',
  })
  existingId!: string | null;

  @Field(() => String)
  code!: string;

  @Field(() => String)
  message!: string;
}

@ObjectType('DeletedImage', { description: 'An image that is no longer in its dataset.' })
export class DeletedImageType {
  @Field(() => ID)
  id!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Never null; nullable so that a query can select it along with that of `ImageRejection`.',
  })
  externalId!: string | null;
}

export const EditImageResult = createUnionType({
  name: 'EditImageResult',
  description: 'The image as requested, or why it is not.',
  types: () => [EditedImageType, ImageRejectionType] as const,
  resolveType: (value: object) => ('image' in value ? EditedImageType : ImageRejectionType),
});

export const DeleteImageResult = createUnionType({
  name: 'DeleteImageResult',
  description: 'The deleted image, or why it was not deleted.',
  types: () => [DeletedImageType, ImageRejectionType] as const,
  resolveType: (value: object) => ('code' in value ? ImageRejectionType : DeletedImageType),
});

@ObjectType('EditImagesPayload', { description: 'What became of the images of a request.' })
export class EditImagesPayload {
  @Field(() => [EditImageResult], { description: 'One for each image, in the order of the request.' })
  results!: (EditedImageType | ImageRejectionType)[];
}

@ObjectType('DeleteImagesPayload', { description: 'Which images have been deleted.' })
export class DeleteImagesPayload {
  @Field(() => [DeleteImageResult], { description: 'One for each image, in the order of the request.' })
  results!: (DeletedImageType | ImageRejectionType)[];
}

import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { Connection } from '../../common/index.ts';
import type { Image } from '../catalogue/images.ts';

@ObjectType('Image', { description: 'A picture of a dataset.' })
export class ImageType {
  @Field(() => ID)
  id!: string;

  @Field(() => ID)
  datasetId!: string;

  @Field(() => String, { description: 'Its name in the data it came from; unique within the dataset.' })
  externalId!: string;

  @Field(() => String, { description: 'Path on this server of the picture as it was imported.' })
  url!: string;

  @Field(() => String, { nullable: true, description: 'Where it was downloaded, if it was.' })
  sourceUrl!: string | null;

  @Field(() => Int, { description: 'Pixels, upright.' })
  width!: number;

  @Field(() => Int, { description: 'Pixels, upright.' })
  height!: number;

  @Field(() => String, { description: '`jpeg`, `png`, `webp`, `gif` or `avif`.' })
  format!: string;

  @Field(() => Int, { description: 'Size of the file.' })
  bytes!: number;

  @Field(() => String, { description: 'Of the bytes, in lower-case hex.' })
  sha256!: string;

  @Field(() => Date)
  createdAt!: Date;

  /** Keys of its labels; the API resolves them to labels. */
  labelKeys!: readonly string[];
}

@ObjectType('ImageConnection')
export class ImageConnection extends Connection(ImageType, 'Image') {}

/** The API's view of an image. */
export function toImageType({ id, datasetId, labels, ...image }: Image): ImageType {
  return {
    ...image,
    id: String(id),
    datasetId: String(datasetId),
    url: `/images/${id}`,
    labelKeys: labels,
  };
}

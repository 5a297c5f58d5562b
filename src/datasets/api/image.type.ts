import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { Connection, globalId, Node } from '../../common/index.ts';
import type { Attributes } from '../../filters/index.ts';
import { versionOf } from '../files/file-version.ts';
import type { Image } from '../catalogue/images.ts';

@ObjectType('Image', { implements: () => Node, description: 'An image of a dataset.' })
export class ImageType extends Node {
  @Field(() => ID)
  datasetId!: string;

  @Field(() => String, { description: 'Its name in the data that it came from; unique within the dataset.' })
  externalId!: string;

  @Field(() => String, {
    description: 'The name of its file: the last part of the path or URL that it came from.',
  })
  fileName!: string;

  @Field(() => String, { description: 'The path on this server of the picture as it was imported.' })
  url!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The URL that it was downloaded from; null if it was not downloaded.',
  })
  sourceUrl!: string | null;

  @Field(() => Int, { description: 'Pixels, with the picture upright.' })
  width!: number;

  @Field(() => Int, { description: 'Pixels, with the picture upright.' })
  height!: number;

  @Field(() => String, { description: '`jpeg`, `png`, `webp`, `gif` or `avif`.' })
  format!: string;

  @Field(() => Int, { description: 'The size of the file.' })
  bytes!: number;

  @Field(() => String, { description: 'The digest of the bytes, in lower-case hex.' })
  sha256!: string;

  @Field(() => Date)
  createdAt!: Date;

  /** The API resolves them to `attributes`. */
  attributeValues!: Attributes;

  /** The keys of its labels; the API resolves them to labels. */
  labelKeys!: readonly string[];
}

@ObjectType('ImageConnection', { description: 'A page of images.' })
export class ImageConnection extends Connection(ImageType, 'Image') {}

/** The API's view of an image. */
export function toImageType(image: Image): ImageType {
  return {
    ...image,
    id: globalId('Image', image.id),
    datasetId: globalId('Dataset', image.datasetId),
    url: `/images/${image.id}?v=${versionOf(image.sha256)}`,
    attributeValues: image.attributes,
    labelKeys: image.labels,
  };
}

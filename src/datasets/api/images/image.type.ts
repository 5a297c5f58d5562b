import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { Connection, globalId, Node } from '../../../common/index.ts';
import type { Attributes } from '../../../filters/index.ts';
import { versionOf } from '../../files/file-version.ts';
import type { Image } from '../../catalogue/images.ts';

@ObjectType('ImageWarning', {
  description: 'What is wrong with a picture, but not so wrong that it was refused.',
})
export class ImageWarningType {
  @Field(() => String, {
    description: '`IRREGULAR`, `END_MISSING`, `LESS_DETAIL`, `TRUNCATED` or `DAMAGED`.',
  })
  code!: string;

  @Field(() => String)
  message!: string;
}

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

  @Field(() => String, { description: '`jpeg`, `png`, `webp`, `gif`, `avif`, `tiff` or `heic`.' })
  format!: string;

  @Field(() => Int, { description: 'The size of the file.' })
  bytes!: number;

  @Field(() => String, { description: 'The digest of the bytes, in lower-case hex.' })
  sha256!: string;

  @Field(() => Date)
  createdAt!: Date;

  @Field(() => [ImageWarningType], {
    description: 'What is wrong with the picture, but not so wrong that it was refused.',
  })
  warnings!: ImageWarningType[];

  /** The API resolves them to `attributes`. */
  attributeValues!: Attributes;

  /** The keys of its labels; the API resolves them to labels. */
  labelKeys!: readonly string[];

  /** The names of its labels, in the same order. */
  labelNames!: readonly string[];
}

@ObjectType('ImageConnection', { description: 'A page of images.' })
export class ImageConnection extends Connection(ImageType, 'Image') {}

/** The API's view of an image. */
export function toImageType(image: Image): ImageType {
  return new ImageView(image);
}

/** Computes each field when it is read: clients rarely ask for all of them, and searches return many images. */
class ImageView implements ImageType {
  private readonly image: Image;

  constructor(image: Image) {
    this.image = image;
  }

  get id(): string {
    return globalId('Image', this.image.id);
  }

  get datasetId(): string {
    return globalId('Dataset', this.image.datasetId);
  }

  get externalId(): string {
    return this.image.externalId;
  }

  get fileName(): string {
    return this.image.fileName;
  }

  get url(): string {
    return `/images/${this.image.id}?v=${versionOf(this.image.sha256)}`;
  }

  get sourceUrl(): string | null {
    return this.image.sourceUrl;
  }

  get width(): number {
    return this.image.width;
  }

  get height(): number {
    return this.image.height;
  }

  get format(): string {
    return this.image.format;
  }

  get bytes(): number {
    return this.image.bytes;
  }

  get sha256(): string {
    return this.image.sha256;
  }

  get createdAt(): Date {
    return this.image.createdAt;
  }

  get warnings(): ImageWarningType[] {
    return [...this.image.warnings];
  }

  get attributeValues(): Attributes {
    return this.image.attributes;
  }

  get labelKeys(): readonly string[] {
    return this.image.labels;
  }

  get labelNames(): readonly string[] {
    return this.image.labelNames;
  }
}

import { Field, InputType, Int, ObjectType } from '@nestjs/graphql';
import { Allow, IsOptional, IsString } from 'class-validator';
import { globalId, Node, UploadScalar, type FileUpload } from '../../../common/index.ts';
import type { QueryPicture } from '../../query-pictures/query-picture.ts';
import type { PictureInput } from '../query/similar-images.input.ts';

@InputType({ isOneOf: true, description: 'The picture: exactly one of these fields.' })
export class AddQueryPictureInput implements PictureInput {
  @Field(() => UploadScalar, {
    nullable: true,
    description: 'A JPEG, PNG, WebP, GIF, AVIF, TIFF or HEIC file.',
  })
  @Allow()
  upload?: Promise<FileUpload>;

  @Field(() => String, { nullable: true, description: 'The http or https URL of a picture on the internet.' })
  @IsOptional()
  @IsString()
  url?: string;
}

@ObjectType('QueryPicture', {
  implements: () => Node,
  description:
    'A picture that is kept for a while to search with it. Whoever knows its id can see it and search with it.',
})
export class QueryPictureType extends Node {
  @Field(() => Int, { description: 'Pixels, with the picture upright.' })
  width!: number;

  @Field(() => Int, { description: 'Pixels, with the picture upright.' })
  height!: number;

  @Field(() => String, { description: '`jpeg`, `png`, `webp`, `gif`, `avif`, `tiff` or `heic`.' })
  format!: string;

  @Field(() => String, { description: 'The path on this server of the picture as it was added.' })
  url!: string;

  @Field(() => String, { description: 'The path on this server of a WebP version of at most 256 pixels.' })
  thumbnailUrl!: string;

  @Field(() => Date, { description: 'When it is removed. It may be earlier if room is needed for others.' })
  expiresAt!: Date;
}

/** The API's view of a query picture. */
export function toQueryPictureType({ id, width, height, format, expiresAt }: QueryPicture): QueryPictureType {
  const url = `/query-pictures/${id}`;
  return {
    id: globalId('QueryPicture', id),
    width,
    height,
    format,
    url,
    thumbnailUrl: `${url}/thumbnail`,
    expiresAt,
  };
}

/** The key of a query picture that the API calls `QueryPicture:KEY`. The key alone is accepted as well. */
export function queryPictureKey(id: string): string {
  return id.startsWith('QueryPicture:') ? id.slice('QueryPicture:'.length) : id;
}

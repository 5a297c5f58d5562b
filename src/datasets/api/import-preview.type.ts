import { Field, Int, ObjectType } from '@nestjs/graphql';
import { AnnotationFormat } from '../../annotations/index.ts';
import type { ImportPreview } from '../import/import-previews.service.ts';

@ObjectType('ImportPreviewLabel')
export class ImportPreviewLabelType {
  @Field(() => String)
  key!: string;

  @Field(() => String, { description: 'To show; the key where the data give no name.' })
  name!: string;

  @Field(() => Int)
  images!: number;
}

@ObjectType('ImportPreviewHost')
export class ImportPreviewHostType {
  @Field(() => String)
  host!: string;

  @Field(() => Int)
  urls!: number;
}

@ObjectType('ImportPreviewLocations')
export class ImportPreviewLocationsType {
  @Field(() => Int)
  urls!: number;

  @Field(() => Int)
  paths!: number;
}

@ObjectType('ImportPreview', { description: 'What an import would do.' })
export class ImportPreviewType {
  @Field(() => AnnotationFormat, {
    nullable: true,
    description: 'How the annotations are written; null for a folder.',
  })
  format!: AnnotationFormat | null;

  @Field(() => Int, { description: 'Images that are selected.' })
  images!: number;

  @Field(() => Int, { description: 'Of these, the ones that the dataset has: they are not fetched again.' })
  existing!: number;

  @Field(() => Int, { description: 'Labels of the selected images.' })
  labels!: number;

  @Field(() => [ImportPreviewLabelType], {
    description: 'The labels with the most selected images, up to a thousand.',
  })
  byLabel!: readonly ImportPreviewLabelType[];

  @Field(() => ImportPreviewLocationsType, {
    description:
      'What the images that the dataset does not have are fetched from; all places of an image count.',
  })
  locations!: ImportPreviewLocationsType;

  @Field(() => [ImportPreviewHostType], {
    description: 'The hosts with the most of these URLs, up to twenty.',
  })
  hosts!: readonly ImportPreviewHostType[];
}

export function toImportPreviewType(preview: ImportPreview): ImportPreviewType {
  return Object.assign(new ImportPreviewType(), preview);
}

import { Field, Int, ObjectType } from '@nestjs/graphql';
import { AnnotationFormat } from '../../annotations/index.ts';
import type { ImportPreview } from '../import/import-previews.service.ts';

@ObjectType('ImportPreviewLabel')
export class ImportPreviewLabelModel {
  @Field(() => String)
  key!: string;

  @Field(() => String, { description: 'To show; the key where the data give no name.' })
  name!: string;

  @Field(() => Int)
  images!: number;
}

@ObjectType('ImportPreviewHost')
export class ImportPreviewHostModel {
  @Field(() => String)
  host!: string;

  @Field(() => Int)
  urls!: number;
}

@ObjectType('ImportPreviewLocations')
export class ImportPreviewLocationsModel {
  @Field(() => Int)
  urls!: number;

  @Field(() => Int)
  paths!: number;
}

@ObjectType('ImportPreview', { description: 'What an import would do.' })
export class ImportPreviewModel {
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

  @Field(() => [ImportPreviewLabelModel], {
    description: 'The labels with the most selected images, up to a thousand.',
  })
  byLabel!: readonly ImportPreviewLabelModel[];

  @Field(() => ImportPreviewLocationsModel, {
    description:
      'What the images that the dataset does not have are fetched from; all places of an image count.',
  })
  locations!: ImportPreviewLocationsModel;

  @Field(() => [ImportPreviewHostModel], {
    description: 'The hosts with the most of these URLs, up to twenty.',
  })
  hosts!: readonly ImportPreviewHostModel[];
}

export function toImportPreviewModel(preview: ImportPreview): ImportPreviewModel {
  return Object.assign(new ImportPreviewModel(), preview);
}

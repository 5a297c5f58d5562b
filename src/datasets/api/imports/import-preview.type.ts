import { Field, Int, ObjectType } from '@nestjs/graphql';
import { AnnotationFormat } from '../../../annotations/index.ts';
import { AttributeType, type AttributeValue } from '../../../filters/index.ts';
import { AttributeValueScalar } from '../attributes/attribute-value.scalar.ts';
import type { ImportPreview } from '../../import/import-previews.service.ts';
import { SyncPreviewType } from '../sources/sync-result.type.ts';

@ObjectType('ImportPreviewLabel', { description: 'A label, and how many of the selected images have it.' })
export class ImportPreviewLabelType {
  @Field(() => String)
  key!: string;

  @Field(() => String, { description: 'The name to display; the key if the data gives no name.' })
  name!: string;

  @Field(() => Int)
  images!: number;
}

@ObjectType('ImportPreviewHost', { description: 'A host, and how many URLs an import would fetch from it.' })
export class ImportPreviewHostType {
  @Field(() => String)
  host!: string;

  @Field(() => Int)
  urls!: number;
}

@ObjectType('ImportPreviewLocations', { description: 'How many paths and URLs an import would read.' })
export class ImportPreviewLocationsType {
  @Field(() => Int)
  urls!: number;

  @Field(() => Int)
  paths!: number;
}

@ObjectType('ImportPreviewAttribute', { description: 'An attribute that an import would set.' })
export class ImportPreviewAttributeType {
  @Field(() => String)
  name!: string;

  @Field(() => AttributeType, { nullable: true, description: 'Null if no selected image has a value.' })
  type!: AttributeType | null;

  @Field(() => Int, { description: 'The number of selected images with a value that fits the type.' })
  images!: number;

  @Field(() => Int, { description: 'The number of those whose value does not fit.' })
  invalid!: number;

  @Field(() => [AttributeValueScalar], { description: 'The first values, up to five.' })
  samples!: readonly AttributeValue[];
}

@ObjectType('ImportPreviewFault', { description: 'A part of a source that cannot be used, such as a row.' })
export class ImportPreviewFaultType {
  @Field(() => String, { description: 'What it is, such as `line 7`.' })
  item!: string;

  @Field(() => String)
  message!: string;
}

@ObjectType('ImportPreviewFaults', { description: 'The parts of a source that cannot be used.' })
export class ImportPreviewFaultsType {
  @Field(() => Int)
  count!: number;

  @Field(() => [ImportPreviewFaultType], { description: 'The first ones, up to twenty.' })
  first!: readonly ImportPreviewFaultType[];
}

@ObjectType('ImportPreview', { description: 'What an import would do.' })
export class ImportPreviewType {
  @Field(() => AnnotationFormat, {
    nullable: true,
    description: 'The format of the annotations; null for a folder.',
  })
  format!: AnnotationFormat | null;

  @Field(() => Int, { description: 'The number of selected images.' })
  images!: number;

  @Field(() => Int, { description: 'How many of them the dataset already has: these are not fetched again.' })
  existing!: number;

  @Field(() => Int, { description: 'The number of labels of the selected images.' })
  labels!: number;

  @Field(() => [ImportPreviewLabelType], {
    description: 'The labels with the most selected images, up to a thousand.',
  })
  byLabel!: readonly ImportPreviewLabelType[];

  @Field(() => [String], {
    description: 'The columns of CSV, or the keys of the first images, that can become attributes.',
  })
  columns!: readonly string[];

  @Field(() => [ImportPreviewAttributeType], { description: 'The attributes that the import would set.' })
  attributes!: readonly ImportPreviewAttributeType[];

  @Field(() => ImportPreviewFaultsType, {
    description:
      'The rows that cannot be used. An import reports each among its failures, and imports the others.',
  })
  faults!: ImportPreviewFaultsType;

  @Field(() => SyncPreviewType, {
    nullable: true,
    description: 'What would happen to the images; null unless `mode` is SYNC and the dataset exists.',
  })
  sync!: SyncPreviewType | null;

  @Field(() => ImportPreviewLocationsType, {
    description:
      'Where the images that the dataset lacks are fetched from, counting every location of each image.',
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

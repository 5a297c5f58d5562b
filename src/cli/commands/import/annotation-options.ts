import { resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import type { AttributeColumn } from '../../../datasets/index.ts';
import { RepeatableOption } from '../../options.ts';
import type { ImportOptions } from './import-from.ts';

export interface AnnotationOptions extends ImportOptions {
  readonly imagesRoot?: string;
  readonly pathTemplate?: string;
  readonly labelNames?: string;
  readonly attribute?: readonly AttributeColumn[];
}

/** Adds the options of all annotation files. */
export function addAnnotationOptions(command: Command): Command {
  return command
    .addOption(
      new RepeatableOption(
        '--attribute <name[:type][=column]>',
        'column of CSV, or key of images in JSON, that becomes an attribute, as in price, price:number or ' +
          'brand=vendor; types are string, number, boolean, date and strings; may be repeated',
      ).argParser(attributeOption),
    )
    .option(
      '--images-root <folder>',
      'folder, or s3://bucket/prefix, that relative paths in the annotations start from (default: that of the annotations)',
    )
    .option(
      '--path-template <template>',
      'path of each picture with {id} for its id, as in images/{id}.jpg (default: the paths and URLs in the annotations)',
    )
    .option(
      '--label-names <file>',
      'JSON file, or s3://bucket/key, of {"label_id": "name"}, or a list or tree of {"id", "name"}, or a CSV file of keys and names (default: ' +
        'labels.json, label_map.json, product_tree.json, label_descriptions.json or class-descriptions.csv beside the annotations)',
    );
}

export function annotationsAt(
  file: string,
  { imagesRoot, pathTemplate, labelNames, attribute }: AnnotationOptions,
) {
  return {
    ...placeOf(file),
    ...(imagesRoot === undefined ? {} : { imagesRoot: objectOrPath(imagesRoot) }),
    ...(pathTemplate === undefined ? {} : { pathTemplate }),
    ...(attribute === undefined ? {} : { attributes: attribute }),
    ...(labelNames === undefined ? {} : { labelNamesPath: objectOrPath(labelNames) }),
  };
}

function objectOrPath(place: string): string {
  return /^s3:/i.test(place) ? place : resolve(place);
}

function placeOf(file: string) {
  if (/^(?:https?|s3):\/\//i.test(file)) return { kind: 'feed' as const, url: file };
  return { kind: 'annotations' as const, annotationsPath: resolve(file) };
}

const TYPES = ['string', 'number', 'boolean', 'date', 'strings'];

function attributeOption(
  value: string,
  earlier: readonly AttributeColumn[] = [],
): readonly AttributeColumn[] {
  const [, name = '', type, column = name] = /^([^:=]*)(?::([^=]*))?(?:=(.*))?$/s.exec(value) ?? [];
  if (name === '' || column === '')
    throw new InvalidArgumentError('Expected NAME, NAME=COLUMN or NAME:TYPE=COLUMN.');
  if (type !== undefined && !TYPES.includes(type)) {
    throw new InvalidArgumentError(`Expected one of the types ${TYPES.join(', ')}.`);
  }
  const declared = type === undefined ? {} : { type: type.toUpperCase() as AttributeColumn['type'] };
  return [...earlier, { name, column, ...declared }];
}

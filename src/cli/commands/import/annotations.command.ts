import { InvalidArgumentError, type Command } from 'commander';
import type { AnnotationFormat, ColumnNames, ImportSource } from '../../../datasets/index.ts';
import { ANNOTATION_FORMATS } from '../../limits.ts';
import { addAnnotationOptions, annotationsAt, type AnnotationOptions } from './annotation-options.ts';
import { RepeatableOption } from '../../options.ts';
import { importsFrom } from './import-from.ts';

interface TableOptions extends AnnotationOptions {
  readonly format?: AnnotationFormat;
  readonly column?: ColumnNames;
  readonly labelSeparator?: string;
}

const ROLES = ['id', 'url', 'label'] as const;

export function addImportAnnotations(parent: Command): void {
  const command = parent
    .command('annotations')
    .description('Import the images that an annotation file names.')
    .argument('<file>', 'an annotation file: iMaterialist, COCO, CSV with a header, or JSONL')
    .option(
      '--format <format>',
      'auto, imaterialist, coco, csv or jsonl (default: auto, which looks at the content)',
      formatOption,
    )
    .addOption(
      new RepeatableOption(
        '--column <role=name>',
        'column of CSV, or key of JSONL, that holds the id, url or label, as in label=category; ' +
          'may be repeated (default: the usual names)',
      ).argParser(columnOption),
    )
    .option(
      '--label-separator <text>',
      'separates several labels in one field of CSV; "" if a field is one label (default: "|")',
    );
  importsFrom(
    addAnnotationOptions(command),
    sourceOf,
    'import annotations products.csv --dataset shop --column id=sku --column url=photo',
    'import annotations products.jsonl --dataset shop --dry-run',
  );
}

function sourceOf(file: string, options: TableOptions): ImportSource {
  const { format, column, labelSeparator } = options;
  return {
    ...annotationsAt(file, options),
    ...(format === undefined ? {} : { format }),
    ...(column === undefined ? {} : { columns: column }),
    ...(labelSeparator === undefined ? {} : { labelSeparator }),
  };
}

function formatOption(value: string): AnnotationFormat {
  const format = ANNOTATION_FORMATS.find((name) => name.toLowerCase() === value);
  if (format !== undefined) return format;
  throw new InvalidArgumentError('Expected auto, imaterialist, coco, csv or jsonl.');
}

function columnOption(value: string, earlier: ColumnNames = {}): ColumnNames {
  const role = ROLES.find((known) => value.startsWith(`${known}=`));
  if (role === undefined) throw new InvalidArgumentError('Expected id=NAME, url=NAME or label=NAME.');
  return { ...earlier, [role]: [...(earlier[role] ?? []), value.slice(role.length + 1)] };
}

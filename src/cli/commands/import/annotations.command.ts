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
  readonly delimiter?: string;
  readonly encoding?: string;
}

const written = (format: string) => format.toLowerCase().replaceAll('_', '-');
const FORMATS = ANNOTATION_FORMATS.map(written)
  .join(', ')
  .replace(/, ([^,]*)$/, ' or $1');
const ROLES = ['id', 'url', 'label'] as const;

export function addImportAnnotations(parent: Command): void {
  const command = parent
    .command('annotations')
    .description('Import the images that an annotation file names.')
    .argument(
      '<file>',
      'an annotation file or its URL: iMaterialist, COCO, CSV with a header, JSONL, a JSON list, or the export of another tool, also ' +
        'packed with gzip or ZIP; or Parquet or tar archives: a file, a folder, or a pattern such as shard-{000..017}.tar',
    )
    .option('--format <format>', `${FORMATS} (default: auto, which looks at the content)`, formatOption)
    .addOption(
      new RepeatableOption(
        '--column <role=name>',
        'column of CSV, or key of JSONL or JSON, that holds the id, url or label, as in label=category; ' +
          'may be repeated (default: the usual names)',
      ).argParser(columnOption),
    )
    .option(
      '--label-separator <text>',
      'separates several labels in one field of CSV; "" if a field is one label (default: "|")',
    )
    .option(
      '--delimiter <character>',
      'separates the fields of CSV; "tab" for a tab (default: detected among comma, semicolon, tab and "|")',
      (value: string) => (value === 'tab' || value === '\\t' ? '\t' : value),
    )
    .option(
      '--encoding <name>',
      'the character encoding, as in windows-1252 (default: detected among UTF-8, UTF-16 and Windows-1252)',
    );
  importsFrom(
    addAnnotationOptions(command),
    sourceOf,
    'import annotations products.csv --dataset shop --column id=sku --column url=photo',
    'import annotations products.jsonl --dataset shop --dry-run',
  );
}

function sourceOf(file: string, options: TableOptions): ImportSource {
  const { format, column, labelSeparator, delimiter, encoding } = options;
  return {
    ...annotationsAt(file, options),
    ...(format === undefined ? {} : { format }),
    ...(column === undefined ? {} : { columns: column }),
    ...(labelSeparator === undefined ? {} : { labelSeparator }),
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(encoding === undefined ? {} : { encoding }),
  };
}

function formatOption(value: string): AnnotationFormat {
  const format = ANNOTATION_FORMATS.find((name) => written(name) === value);
  if (format !== undefined) return format;
  throw new InvalidArgumentError(`Expected ${FORMATS}.`);
}

function columnOption(value: string, earlier: ColumnNames = {}): ColumnNames {
  const role = ROLES.find((known) => value.startsWith(`${known}=`));
  if (role === undefined) throw new InvalidArgumentError('Expected id=NAME, url=NAME or label=NAME.');
  return { ...earlier, [role]: [...(earlier[role] ?? []), value.slice(role.length + 1)] };
}

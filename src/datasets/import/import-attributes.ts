import { DEFAULT_SEPARATOR } from '../../annotations/index.ts';
import { AppError } from '../../common/index.ts';
import type { AttributeType, Attributes, AttributeValue } from '../../filters/index.ts';
import { assertWithinLimits, WANTED } from '../attributes/given-attributes.ts';
import { attributeInvalid } from '../datasets.errors.ts';
import type { DatasetSource, SourceImage, SourceSelection } from '../sources/dataset-source.port.ts';
import type { ImportInput } from './import-input.ts';
import type { AttributeColumn } from './attribute-column.ts';
import { ColumnType, isGiven, readColumnValue } from './column-values.ts';

export interface ReadAttributes {
  readonly attributes: Attributes;
  /** The first value that does not fit its attribute, which the image then lacks. */
  readonly problem: AppError | undefined;
}

/** Turns the values of columns into attributes. */
export class ImportAttributes {
  private constructor(
    private readonly types: ReadonlyMap<string, AttributeType>,
    private readonly separator: string | undefined,
  ) {}

  /**
   * The types are those that are declared, or that the dataset's attributes have, or else inferred from all of the
   * images that are selected. Rejects with `ATTRIBUTE_INVALID` if an attribute is declared with another type than it
   * has.
   */
  static async plan(
    columns: readonly AttributeColumn[],
    separator: string,
    source: DatasetSource,
    selection: SourceSelection,
    existing: ReadonlyMap<string, AttributeType>,
    signal: AbortSignal,
  ): Promise<ImportAttributes> {
    const types = new Map<string, AttributeType>();
    const open = new Map<string, ColumnType>();
    const isText = columns.length > 0 && (await source.format(signal)) === 'CSV';
    for (const { name, type } of columns) {
      const known = existing.get(name);
      if (type !== undefined && known !== undefined && type !== known) {
        throw attributeInvalid(name, `it is ${known} in this dataset`);
      }
      const decided = type ?? known;
      if (decided === undefined) open.set(name, new ColumnType(isText));
      else types.set(name, decided);
    }
    if (open.size > 0) {
      for await (const { values } of source.read(selection, signal)) {
        for (const [name, column] of open) column.add(values?.get(name));
      }
    }
    for (const [name, { type }] of open) if (type !== undefined) types.set(name, type);
    return new ImportAttributes(types, isText ? separator : undefined);
  }

  /** The types of the attributes that the images have, by name. */
  typeOf(name: string): AttributeType | undefined {
    return this.types.get(name);
  }

  read({ values }: SourceImage): ReadAttributes {
    const attributes = new Map<string, AttributeValue>();
    let problem: AppError | undefined;
    for (const [name, type] of this.types) {
      const raw = values?.get(name);
      if (!isGiven(raw)) continue;
      try {
        const value = readColumnValue(raw, type, this.separator);
        if (value === undefined) throw attributeInvalid(name, WANTED[type]);
        assertWithinLimits(name, value);
        attributes.set(name, value);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        problem ??= error;
      }
    }
    return { attributes: Object.fromEntries(attributes), problem };
  }
}

/** The attributes of an import, as `ImportAttributes.plan` decides them. */
export async function planAttributes(
  source: DatasetSource,
  input: ImportInput,
  existing: ReadonlyMap<string, AttributeType>,
  signal: AbortSignal,
): Promise<ImportAttributes> {
  const { source: from } = input;
  const reading = from.kind === 'annotations' || from.kind === 'feed' ? from : undefined;
  const { attributes = [], labelSeparator = DEFAULT_SEPARATOR } = reading ?? {};
  return ImportAttributes.plan(attributes, labelSeparator, source, input, existing, signal);
}

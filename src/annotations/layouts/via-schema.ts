import { elementsOf, isRecord, propertyOf } from '../json/json-values.ts';
import { RowProblem, termOf, type Row, type Term } from '../reading/row.ts';
import { ColumnSchema, RowSchema } from './row-schema.ts';

/**
 * Images of the VGG Image Annotator 2: `{"filename", "regions": [{"region_attributes": {"kind": "hat"}}],
 * "file_attributes": {…}}`. Labels are the values of all attributes: text, the chosen options of checkboxes, and those
 * of a drop-down list.
 */
export class ViaSchema extends RowSchema {
  override readonly keys: readonly string[];
  private readonly values: readonly number[];

  constructor(values: readonly string[] = []) {
    super();
    this.keys = [...new Set(['filename', 'regions', 'file_attributes', ...values])];
    this.values = values.map((key) => this.keys.indexOf(key));
  }

  override idOf(row: Row): Term {
    const name = row.term(0);
    if (name === undefined || name === '') throw new RowProblem('the image has no filename');
    return name;
  }

  override eachLabel(row: Row, visit: (label: Term) => void): void {
    // Older versions write the regions as an object with numbers for keys.
    for (const region of elementsOf(row.value(1))) eachChoice(propertyOf(region, 'region_attributes'), visit);
    eachChoice(row.value(2), visit);
  }

  override placesOf(row: Row): string[] {
    return row.texts(0);
  }

  override valuesOf(row: Row): unknown[] {
    return this.values.map((key) => row.value(key));
  }
}

const REGION_COLUMN = 'region_attributes';
const FILE_COLUMN = 'file_attributes';

/** Whether a table is one of the VGG Image Annotator 2. */
export function isViaTable(header: readonly string[]): boolean {
  return ['filename', 'region_shape_attributes', REGION_COLUMN].every((name) => header.includes(name));
}

/** The same as a table: a row for each region, with its attributes as JSON. */
export class ViaTableSchema extends ColumnSchema {
  private readonly attributes: readonly number[];

  constructor(header: readonly string[], values: readonly string[]) {
    const attributes = [REGION_COLUMN, FILE_COLUMN].filter((name) => header.includes(name));
    super({ id: ['filename'], url: ['filename'], label: attributes }, values);
    this.attributes = attributes.map((name) => this.keys.indexOf(name));
  }

  override eachLabel(row: Row, visit: (label: Term) => void): void {
    for (const key of this.attributes) {
      const text = String(row.value(key));
      if (text.trim() === '') continue;
      let attributes: unknown;
      try {
        attributes = JSON.parse(text);
      } catch {
        throw new RowProblem(`${this.keys[key]} is not valid JSON`);
      }
      eachChoice(attributes, visit);
    }
  }
}

function eachChoice(attributes: unknown, visit: (label: Term) => void): void {
  for (const value of elementsOf(attributes)) {
    if (typeof value === 'string' || typeof value === 'number') visit(termOf(String(value).trim()));
    else if (isRecord(value)) {
      for (const [option, chosen] of Object.entries(value)) if (chosen === true) visit(termOf(option));
    }
  }
}

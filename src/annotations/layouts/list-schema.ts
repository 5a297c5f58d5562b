import type { Row, Term } from '../reading/row.ts';
import { RowProblem } from '../reading/row.ts';
import { RowSchema } from './row-schema.ts';

/** The column behind which each row has as many more as there are attributes: 1 for those that the image has. */
const ATTRIBUTES = 'attribute_labels';
const LABELS = ['category_label', 'evaluation_status'];

/**
 * Rows of DeepFashion's list files. The first column is the path of the image, and its id. Labels are the number of the
 * category, those of the attributes, or the part of the data set (train, val, test).
 */
export class ListSchema extends RowSchema {
  /** Those of the columns, in their order. */
  override readonly keys: readonly string[];
  private readonly values: readonly number[];
  private readonly labels: readonly number[];
  private readonly attributes: number;

  constructor(columns: readonly string[], values: readonly string[]) {
    super();
    this.keys = columns;
    this.values = values.map((name) => {
      const at = columns.indexOf(name);
      if (at === -1)
        throw new RowProblem(`there is no column "${name}". The columns are ${columns.join(', ')}`);
      return at;
    });
    this.labels = LABELS.map((name) => columns.indexOf(name)).filter((at) => at !== -1);
    this.attributes = columns.indexOf(ATTRIBUTES);
  }

  override idOf(row: Row): Term {
    const id = row.term(0);
    if (id === undefined || String(id).length > 1_000)
      throw new RowProblem('the row has no path of up to 1,000 characters');
    return id;
  }

  override eachLabel(row: Row, visit: (label: Term) => void): void {
    for (const key of this.labels) row.eachTerm(key, visit);
    if (this.attributes === -1) return;
    for (let key = this.attributes; row.has(key); key += 1) {
      if (row.term(key) === 1) visit(key - this.attributes + 1);
    }
  }

  override placesOf(row: Row): string[] {
    return row.texts(0);
  }

  override valuesOf(row: Row): unknown[] {
    return this.values.map((key) => row.value(key));
  }
}

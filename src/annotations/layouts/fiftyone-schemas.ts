import { isRecord, listOf, propertyOf } from '../json/json-values.ts';
import { RowProblem, termOf, type Row, type Term } from '../reading/row.ts';
import { KeyedSchema, RowSchema } from './row-schema.ts';

/** The keys under which FiftyOne keeps the labels of a field that has several. */
const SEVERAL = ['classifications', 'detections', 'polylines', 'keypoints'];

/**
 * Samples of a `FiftyOneDataset`: `{"filepath", "ground_truth": {"_cls": "Classification", "label": "hat"}}`. Labels are
 * those of all fields that hold some.
 */
export class FiftyOneSampleSchema extends KeyedSchema {
  constructor(values: readonly string[] = []) {
    super(['filepath'], values);
  }

  override idOf(row: Row): Term {
    const path = row.term(0);
    if (path === undefined || path === '') throw new RowProblem('the sample has no filepath');
    return path;
  }

  override eachLabel(row: Row, visit: (label: Term) => void): void {
    const sample = row.whole();
    for (const field of Object.values(isRecord(sample) ? sample : {})) {
      if (typeof propertyOf(field, '_cls') !== 'string') continue;
      for (const one of [field, ...SEVERAL.flatMap((key) => listOf(propertyOf(field, key)))]) {
        const label = propertyOf(one, 'label');
        if (typeof label === 'string') visit(termOf(label));
      }
    }
  }

  override placesOf(row: Row): string[] {
    return row.texts(0);
  }
}

/**
 * Entries of a `FiftyOneImageClassificationDataset`, `{"classes": ["hat"], "labels": {"a": 0, "b": "hat"}}`: the name of
 * a picture, often without its extension, and a class by its number or name, or a list of them.
 */
export class FiftyOneEntrySchema extends RowSchema {
  override readonly keys: readonly string[] = [];

  override idOf(row: Row): Term {
    const name = row.entry();
    if (name === undefined || name === '') throw new RowProblem('the picture has no name');
    return termOf(name);
  }

  override eachLabel(row: Row, visit: (label: Term) => void): void {
    const value = row.whole();
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      const label = isRecord(one) ? propertyOf(one, 'label') : one;
      if (typeof label === 'string' || typeof label === 'number') visit(termOf(String(label)));
    }
  }

  override placesOf(row: Row): string[] {
    const name = row.entry();
    return name === undefined ? [] : [name];
  }

  override valuesOf(): unknown[] {
    return [];
  }
}

import type { Row, Term } from '../reading/row.ts';
import { RowProblem, termOf } from '../reading/row.ts';
import { isRecord, listOf, propertyOf } from '../json/json-values.ts';
import { KeyedSchema } from './row-schema.ts';

const KEYS = ['id', 'data', 'annotations'];
/** The keys of the values that Label Studio's control tags write, each a list of labels. */
const LABEL_KEYS = [
  'choices',
  'labels',
  'rectanglelabels',
  'polygonlabels',
  'brushlabels',
  'keypointlabels',
  'taxonomy',
];

/**
 * Tasks as Label Studio exports them (JSON): `{"id", "data": {"image"}, "annotations": [{"result": [{"value": {"choices":
 * […]}}]}]}`. The picture is the first string in `data` that looks like a path or URL; labels are those of all results
 * of annotations that were not cancelled.
 */
export class LabelStudioSchema extends KeyedSchema {
  constructor(values: readonly string[] = []) {
    super(KEYS, values);
  }

  override idOf(row: Row): Term {
    const id = row.term(0);
    if (id === undefined || id === '') throw new RowProblem('the task has no id');
    return id;
  }

  override eachLabel(row: Row, visit: (label: Term) => void): void {
    for (const annotation of listOf(row.value(2))) {
      if (propertyOf(annotation, 'was_cancelled') === true) continue;
      for (const result of listOf(propertyOf(annotation, 'result'))) {
        const value = propertyOf(result, 'value');
        for (const key of LABEL_KEYS) {
          for (const label of listOf(propertyOf(value, key)).flat()) {
            if (typeof label === 'string') visit(termOf(label));
          }
        }
      }
    }
  }

  override placesOf(row: Row): string[] {
    const data = row.value(1);
    const texts = Object.values(isRecord(data) ? data : {}).filter((text) => typeof text === 'string');
    return texts.filter((text) => /[./]/.test(text)).slice(0, 1);
  }
}

import { elementsOf, isRecord, listOf, propertyOf } from '../json/json-values.ts';
import { RowProblem, termOf, type Row, type Term } from '../reading/row.ts';
import { KeyedSchema } from './row-schema.ts';

/** The keys that one of the two kinds of exports always has. */
export const LABELBOX_KEYS = [
  ['data_row', 'projects'],
  ['Labeled Data', 'Label'],
] as const;

const KEYS = ['data_row', 'projects', 'Labeled Data', 'Label', 'External ID', 'DataRow ID', 'ID'];
const [DATA_ROW, PROJECTS, PICTURE, LABEL] = [0, 1, 2, 3];
const OLD_IDS = [4, 5, 6];
/** Answers to questions, in the exports of either kind. */
const ANSWERS = ['radio_answer', 'checklist_answers', 'answer', 'answers', 'classifications'];

/**
 * Rows of a Labelbox export, as a JSON list or line by line: `{"data_row": {"external_id", "row_data"}, "projects": {…}}`,
 * or, of earlier versions, `{"External ID", "Labeled Data", "Label": {"objects", "classifications"}}`. Labels are the
 * names of objects and of chosen answers, and not texts that were typed.
 */
export class LabelboxSchema extends KeyedSchema {
  constructor(values: readonly string[] = []) {
    super(KEYS, values);
  }

  override idOf(row: Row): Term {
    const data = row.value(DATA_ROW);
    const ids = isRecord(data)
      ? [propertyOf(data, 'external_id'), propertyOf(data, 'global_key'), propertyOf(data, 'id')]
      : OLD_IDS.map((key) => row.term(key));
    for (const id of ids) {
      if ((typeof id === 'string' && id !== '' && id.length <= 1_000) || typeof id === 'number') {
        return termOf(String(id));
      }
    }
    throw new RowProblem(
      'the row has no id (external_id or id of its data_row, External ID, DataRow ID or ID)',
    );
  }

  override eachLabel(row: Row, visit: (label: Term) => void): void {
    for (const project of elementsOf(row.value(PROJECTS))) {
      for (const label of listOf(propertyOf(project, 'labels'))) {
        eachName(propertyOf(label, 'annotations'), 'name', visit);
      }
    }
    eachName(row.value(LABEL), 'title', visit);
  }

  override placesOf(row: Row): string[] {
    const place = propertyOf(row.value(DATA_ROW), 'row_data');
    return typeof place === 'string' ? [place] : row.texts(PICTURE);
  }
}

/** The names of the objects, and of the answers to questions, also of those about objects. */
function eachName(annotations: unknown, key: string, visit: (label: Term) => void): void {
  for (const object of listOf(propertyOf(annotations, 'objects'))) {
    visitName(object, key, visit);
    eachAnswer(object, key, visit);
  }
  for (const question of listOf(propertyOf(annotations, 'classifications'))) eachAnswer(question, key, visit);
}

function eachAnswer(question: unknown, key: string, visit: (label: Term) => void): void {
  for (const name of ANSWERS) {
    const given = propertyOf(question, name);
    for (const answer of Array.isArray(given) ? (given as unknown[]) : [given]) {
      if (!isRecord(answer)) continue;
      // A question about an object has answers of its own; its own name is no label.
      if (name !== 'classifications') visitName(answer, key, visit);
      eachAnswer(answer, key, visit);
    }
  }
}

function visitName(thing: unknown, key: string, visit: (label: Term) => void): void {
  const name = propertyOf(thing, key);
  if (typeof name === 'string') visit(termOf(name));
}

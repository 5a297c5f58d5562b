export {
  AnnotationFormat,
  COLUMN_NAMES,
  DEFAULT_SEPARATOR,
  type AnnotationOptions,
  type ColumnNames,
} from './annotation-format.ts';
export { annotationsInvalid, sourceNotFound } from './annotations.errors.ts';
export { CsvReader } from './csv/csv-rows.ts';
export { detectShape, type FileShape } from './detect-format.ts';
export { JsonReader } from './json/json-rows.ts';
export { JsonlReader } from './json/jsonl-rows.ts';
export { labelNamesBeside, readLabelNames, type LabelNames } from './label-names.ts';
export { IdTable } from './reading/id-table.ts';
export { IdFilter, RowIndex } from './reading/row-index.ts';
export type { RowReader } from './reading/row-reader.ts';
export { RowProblem, termOf, type Row, type Term } from './row.ts';
export { ANNOTATIONS, ColumnSchema, columnsIn, IMAGES, JsonSchema, type RowSchema } from './schemas.ts';

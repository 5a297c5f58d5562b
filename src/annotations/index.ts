export { AnnotationFile } from './annotation-file.ts';
export {
  AnnotationFormat,
  DEFAULT_SEPARATOR,
  type AnnotationOptions,
  type ColumnNames,
} from './annotation-format.ts';
export { sourceNotFound } from './annotations.errors.ts';
export type { Survey } from './joining/survey.ts';

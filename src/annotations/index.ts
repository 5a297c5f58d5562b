export { AnnotationFile } from './annotation-file.ts';
export {
  AnnotationFormat,
  DEFAULT_SEPARATOR,
  type AnnotationOptions,
  type ColumnNames,
} from './annotation-format.ts';
export type { ContainedPicture } from './containers/contained-picture.ts';
export { ContainedPictures } from './containers/contained-pictures.ts';
export { isPattern, isShard, shardsOf } from './containers/shards.ts';
export { rowUnreadable, sourceNotFound } from './annotations.errors.ts';
export type { LocatedFault, RowFaults } from './joining/fault-list.ts';
export type { Survey } from './joining/survey.ts';
export { encodingNamed } from './plain/encoding.ts';

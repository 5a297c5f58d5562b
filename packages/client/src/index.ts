export { LookalikeClient } from './client.ts';
export type { ConnectionOptions } from './connection.ts';
export { AnswerUnreadableError, ServiceUnreachableError } from './connection.errors.ts';
export * from './error-classes.ts';
export { FilePath, fromPath } from './file-path.ts';
export type * from './generated/graphql.ts';
export type { HeadersOption, RequestOptions } from './http-connection.ts';
export { hasEnded } from './job-progress.ts';
export {
  errorOf,
  LookalikeError,
  type FormattedError,
  type LookalikeErrorOptions,
} from './lookalike-error.ts';
export { Pages, type CountedPages, type Page } from './pages.ts';
export type { AttributeValue, UploadInput } from './scalars.ts';
export type { TypedDocument } from './typed-document.ts';
export type {
  BatchResult,
  Dataset,
  DatasetDetails,
  DecidedPair,
  DeleteResult,
  DuplicateGroup,
  EditResult,
  Embedding,
  EmbeddingModel,
  Explanation,
  Hit,
  Image,
  ImagesOptions,
  ImageWithAttributes,
  ImportPreview,
  Job,
  JobFailure,
  JobRef,
  QueryPicture,
  Search,
  SearchPage,
  Stage,
} from './types.ts';

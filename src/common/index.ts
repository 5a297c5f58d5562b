export {
  AppError,
  definedErrors,
  errorsOf,
  isSystemError,
  messageOf,
  restoreError,
  statusOfCode,
  type DefinedError,
  type ErrorDetails,
} from './app-error.ts';
export { chunksFrom, chunksOf, MAX_BOUND } from './chunks.ts';
export { fileSize } from './file-size.ts';
export { didYouMean, nearNames } from './near-names.ts';
export {
  Connection,
  DEFAULT_PAGE,
  PageArgs,
  PageInfo,
  pageOf,
  rowsOf,
  type ConnectionOf,
  type PageRows,
} from './graphql/connection.ts';
export { errorStatusPlugin } from './graphql/error-status.plugin.ts';
export { formatError } from './graphql/format-error.ts';
export { globalId, idOf, parseId, rowOf, typeOfId, type NodeName } from './graphql/id.ts';
export { giveWay, isTurnOver, nextTurn } from './give-way.ts';
export { longList } from './graphql/list-cost.ts';
export { Node } from './graphql/node.ts';
export { PlainResolver } from './graphql/plain-resolver.ts';
export type { RequestContext } from './graphql/request-context.ts';
export { openUpload, readUpload, uploadError, UploadScalar, type FileUpload } from './graphql/upload.ts';
export { codedError, logFault, publicError, type PublicError } from './http/error-body.ts';
export {
  badUserInput,
  cursorInvalid,
  internalServerError,
  pageAmbiguous,
  requestAbandoned,
  uploadMalformed,
  uploadRequestTooLarge,
  uploadTooLarge,
  uploadFieldTooLarge,
  uploadTooManyFiles,
} from './http/request.errors.ts';
export { errorMediaType } from './http/error-media-type.ts';
export { JsonErrorFilter } from './http/json-error.filter.ts';
export { errorsPage } from './errors-page.ts';
export { fileNotFound, fileUnreadable, folderNotFound, notRegularFile } from './file.errors.ts';
export { NOT_A_FILE, openRegularFile, readRegularFile } from './open-regular-file.ts';
export { isStorageFull, storageError, storageFull } from './storage.errors.ts';
export { untilAborted } from './until-aborted.ts';
export { workerUrl } from './worker-url.ts';
export { sniffImageFormat, type ImageFormat } from './image/image-format.ts';
export { emptyFile, imageCorrupt, imageTooLarge, unsupportedMediaType } from './image/image.errors.ts';
export { decodeError, openImage, type ImageLimits, type OpenedImage } from './image/open-image.ts';
export { markdownTable } from './markdown-table.ts';
export { Semaphore } from './semaphore.ts';
export { seededRandom } from './seeded-random.ts';
export { systemCodeOf } from './system-code.ts';

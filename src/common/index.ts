export { AnsweringThread } from './answering-thread.ts';
export { meanWithInterval, quantile, type Interval } from './bootstrap.ts';
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
export { chunksFrom, chunksOf, MAX_BOUND, oneAhead } from './chunks.ts';
export { csvLine } from './csv-line.ts';
export { fileSize } from './file-size.ts';
export { didYouMean, nearNames } from './near-names.ts';
export {
  Connection,
  DEFAULT_PAGE,
  PageArgs,
  PageInfo,
  pageBy,
  pageOf,
  rowsOf,
  type ConnectionOf,
  type Cursors,
  type PageRows,
} from './graphql/connection.ts';
export { errorStatusPlugin } from './graphql/error-status.plugin.ts';
export { formatError } from './graphql/format-error.ts';
export { globalId, idOf, parseId, rowOf, typeOfId, type NodeName } from './graphql/id.ts';
export { giveWay, isTurnOver, nextTurn } from './give-way.ts';
export { IdSample } from './id-sample.ts';
export { longList } from './graphql/list-cost.ts';
export { Node } from './graphql/node.ts';
export { PlainResolver } from './graphql/plain-resolver.ts';
export type { RequestContext } from './graphql/request-context.ts';
export {
  heldFile,
  openUpload,
  readUpload,
  uploadError,
  UploadScalar,
  type FileUpload,
  type HeldFile,
} from './graphql/upload.ts';
export { codedError, logFault, publicError, type PublicError } from './http/error-body.ts';
export {
  badUserInput,
  cursorInvalid,
  internalServerError,
  pageAmbiguous,
  requestAbandoned,
  uploadInterrupted,
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
export { drawHeatMap, drawSideBySide, type HeatGrid } from './image/heat-map.ts';
export { ALTERATIONS, alteredCopies, type Alteration } from './image/altered-copies.ts';
export { sniffImageFormat, type ImageFormat } from './image/image-format.ts';
export { emptyFile, imageCorrupt, imageTooLarge, unsupportedMediaType } from './image/image.errors.ts';
export { checkImage, type CheckedImage, type CheckOptions } from './image/check-image.ts';
export { missingExtraDecoder } from './image/extra/extra-decoder.ts';
export { decodeImage } from './image/decode-image.ts';
export { openImage, type ImageLimits } from './image/open-image.ts';
export type { RgbPicture } from './image/rgb-picture.ts';
export type { ImageWarning } from './image/image-warning.ts';
export { pagesAfter } from './pages-after.ts';
export { markdownTable } from './markdown-table.ts';
export { Semaphore } from './semaphore.ts';
export { seededRandom } from './seeded-random.ts';
export { systemCodeOf } from './system-code.ts';

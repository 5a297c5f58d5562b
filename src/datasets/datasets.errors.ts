import { AppError, type ErrorDetails } from '../common/index.ts';

export const DATASET_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

export const invalidDatasetName = (name: string) =>
  new AppError(
    'INVALID_DATASET_NAME',
    'A dataset name has 1 to 63 lower-case letters, digits and hyphens, and begins with a letter or digit.',
    { name: name.slice(0, 200) },
  );

export const datasetNotFound = (name: string) =>
  new AppError(
    'DATASET_NOT_FOUND',
    `There is no dataset "${name}". Import one first, or list those that there are.`,
    { name },
  );

export const imageNotFound = (id: string) =>
  new AppError('IMAGE_NOT_FOUND', `There is no image ${id}. It may have been deleted.`, { id });

/** Of unknown labels in an error: a client may ask for thousands. */
const LABELS_SHOWN = 20;

export const labelUnknown = (labels: readonly string[], where: string) => {
  const shown = labels.slice(0, LABELS_SHOWN);
  const more = labels.length > shown.length ? ` and ${labels.length - shown.length} others` : '';
  return new AppError(
    'LABEL_UNKNOWN',
    `${where} has no label ${shown.map((label) => `"${label}"`).join(', ')}${more}. Labels are matched exactly.`,
    { labels: shown },
  );
};

export const importPathRefused = (problem: string, details: ErrorDetails = {}) =>
  new AppError('IMPORT_PATH_REFUSED', problem, details);

export const importInputInvalid = (problem: string) => new AppError('IMPORT_INPUT_INVALID', problem);

export const imagePathOutside = (problem = 'The path leads out of the folder that holds the images.') =>
  new AppError('IMAGE_PATH_OUTSIDE', problem);

export const sourceFileMissing = () =>
  new AppError('SOURCE_FILE_NOT_FOUND', 'There is no such file in the folder that holds the images.');

export const sourceFileUnreadable = (reason: string) =>
  new AppError('SOURCE_FILE_UNREADABLE', `The file cannot be read (${reason}).`);

export const fileTooLarge = (bytes: number, limit: number) =>
  new AppError('FILE_TOO_LARGE', `The file has ${bytes} bytes; at most ${limit} are accepted.`, {
    bytes,
    limit,
  });

export const importAllFailed = (failed: number, example: { code: string; message: string }) =>
  new AppError(
    'IMPORT_ALL_FAILED',
    `No picture could be imported: all ${failed} that were selected failed. ` +
      `The most frequent reason was ${example.code}: ${example.message}`,
    { failed, reason: example.code },
  );

export const imageLocationMissing = () =>
  new AppError('IMAGE_LOCATION_MISSING', 'The row names no URL and no path for this image.');

export const imageFileMissing = (sha256: string) =>
  new AppError(
    'IMAGE_FILE_MISSING',
    'The file of this image is missing from the image store. Delete the image and import it again.',
    { sha256 },
  );

export const imageExists = (externalId: string) =>
  new AppError(
    'IMAGE_EXISTS',
    `The dataset has another image under the external id "${externalId}". Delete it first, or choose another id.`,
    { externalId },
  );

export const externalIdInvalid = () =>
  new AppError('EXTERNAL_ID_INVALID', 'An external id has 1 to 1,000 characters.');

export const labelInvalid = () =>
  new AppError('LABEL_INVALID', 'A label has 1 to 500 characters, and an image at most 1,000 labels.');

export const thumbnailWidthInvalid = (widths: readonly number[]) =>
  new AppError('THUMBNAIL_WIDTH_INVALID', `Thumbnails come in these widths: ${widths.join(', ')}.`, {
    widths: widths.map(String),
  });

export const tooManyImages = (limit: number) =>
  new AppError('TOO_MANY_IMAGES', `At most ${limit} images go into one request. Send them in several.`, {
    limit,
  });

export const distanceOutOfRange = (distance: number, max: number) =>
  new AppError(
    'DISTANCE_OUT_OF_RANGE',
    `The distance is a whole number of bits from 0 to ${max}; it is ${distance}.`,
    { distance, max },
  );

export const duplicatesUnavailable = (done: number, total: number) =>
  new AppError(
    'DUPLICATES_UNAVAILABLE',
    `The pictures of the dataset are still being compared (${done} of ${total} read). This goes on: ask again later.`,
    { done, total },
  );

export const downloadPlaceholder = (host: string, urls: number) =>
  new AppError(
    'DOWNLOAD_PLACEHOLDER',
    `${host} gave the same picture for ${urls} different URLs: it stands for pictures that are gone.`,
    { host, urls },
  );

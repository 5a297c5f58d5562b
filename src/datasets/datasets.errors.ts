import { didYouMean, errorsOf, type ErrorDetails } from '../common/index.ts';

const defineError = errorsOf('Datasets and imports');

export const DATASET_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
const SHOWN_NAME_LENGTH = 200;
/** Of unknown labels in an error: a client may ask for thousands. */
const LABELS_SHOWN = 20;

function shownLabels(labels: readonly string[]): string[] {
  return labels.slice(0, LABELS_SHOWN).map((label) => label.slice(0, SHOWN_NAME_LENGTH));
}

export const invalidDatasetName = defineError({
  code: 'INVALID_DATASET_NAME',
  status: 400,
  meaning: 'The name cannot be that of a dataset.',
  remedy: 'Use 1 to 63 lower-case letters, digits and hyphens, beginning with a letter or digit.',
  message: (_name: string) =>
    'A dataset name has 1 to 63 lower-case letters, digits and hyphens, and begins with a letter or digit.',
  details: (name) => ({ name: name.slice(0, SHOWN_NAME_LENGTH) }),
});

export const datasetNotFound = defineError({
  code: 'DATASET_NOT_FOUND',
  status: 404,
  meaning: 'There is no dataset with this id or name.',
  remedy: 'List the datasets with the query `datasets`, or import one first.',
  message: (name: string, near: readonly string[] = []) =>
    `There is no dataset "${name.slice(0, SHOWN_NAME_LENGTH)}". Import it first, or list the existing ones.${didYouMean(near)}`,
  details: (name, near = []) => ({ name: name.slice(0, SHOWN_NAME_LENGTH), near }),
});

export const imageNotFound = defineError({
  code: 'IMAGE_NOT_FOUND',
  status: 404,
  meaning: 'There is no image with this id, or with this external id in the dataset.',
  remedy: 'Ask for the image again by its external id; it may have been deleted.',
  message: (id: string) => `There is no image ${id.slice(0, SHOWN_NAME_LENGTH)}. It may have been deleted.`,
  details: (id) => ({ id: id.slice(0, SHOWN_NAME_LENGTH) }),
});

/** The image of a dataset by its external id. */
export const externalIdNotFound = imageNotFound.variant({
  message: (dataset: string, externalId: string) =>
    `The dataset "${dataset}" has no image with the external id "${externalId.slice(0, SHOWN_NAME_LENGTH)}".`,
  details: (dataset, externalId) => ({ dataset, externalId: externalId.slice(0, SHOWN_NAME_LENGTH) }),
});

export const imageRefInvalid = defineError({
  code: 'IMAGE_REF_INVALID',
  status: 400,
  meaning: 'A reference to an image is incomplete or says too much.',
  remedy: 'Give either `id`, or `dataset` and `externalId`.',
  message: 'Name an image either by its id, or by its dataset and its external id.',
});

export const attributeInvalid = defineError({
  code: 'ATTRIBUTE_INVALID',
  status: 400,
  meaning: 'An attribute of an image has an invalid name, or a value that does not fit its type.',
  remedy:
    'Correct the attribute that the message names. `dataset { attributes { name type } }` lists the types.',
  message: (name: string, problem: string) =>
    `The attribute "${name.slice(0, SHOWN_NAME_LENGTH)}" is invalid: ${problem}.`,
  details: (name) => ({ attribute: name.slice(0, SHOWN_NAME_LENGTH) }),
});

export const labelUnknown = defineError({
  code: 'LABEL_UNKNOWN',
  status: 400,
  meaning: 'The dataset, or the annotations to import, have no such label.',
  remedy: 'Use the key or the name of a label of the dataset. Both are matched exactly.',
  message: (labels: readonly string[], lacking: string, near: readonly string[] = []) => {
    const shown = shownLabels(labels);
    const more = labels.length > shown.length ? ` and ${labels.length - shown.length} others` : '';
    return `${lacking} ${shown.map((label) => `"${label}"`).join(', ')}${more}. Labels are matched exactly.${didYouMean(near)}`;
  },
  details: (labels, _lacking, near = []) => ({ labels: shownLabels(labels), near }),
});

export const labelAmbiguous = defineError({
  code: 'LABEL_AMBIGUOUS',
  status: 400,
  meaning: 'Several labels of the dataset have the name by which a label of an image is given.',
  remedy: 'Give the key of the label, which is one of `keys` in the details.',
  message: (name: string, keys: readonly string[]) =>
    `Several labels are named "${name.slice(0, SHOWN_NAME_LENGTH)}". Give a key instead: ${shownLabels(keys)
      .map((key) => `"${key}"`)
      .join(', ')}.`,
  details: (name, keys) => ({ label: name.slice(0, SHOWN_NAME_LENGTH), keys: shownLabels(keys) }),
});

export const importPathRefused = defineError({
  code: 'IMPORT_PATH_REFUSED',
  status: 403,
  meaning: 'The path to import is not below a folder of `IMPORT_ROOTS`.',
  remedy: 'Move the files there, or add their folder to `IMPORT_ROOTS`.',
  message: (problem: string, _details?: ErrorDetails) => problem,
  details: (_problem, details = {}) => details,
});

export const importInputInvalid = defineError({
  code: 'IMPORT_INPUT_INVALID',
  status: 400,
  meaning: 'The input of an import contradicts itself or lacks something.',
  remedy: 'Correct the field that the message names.',
  message: (problem: string) => problem,
});

export const imagePathOutside = defineError({
  code: 'IMAGE_PATH_OUTSIDE',
  status: 400,
  meaning: 'The annotations name an image outside the folder that holds the images.',
  remedy: 'Correct the path in the annotations, or set `imagesRoot`.',
  message: (problem?: string) => problem ?? 'The path leads out of the folder that holds the images.',
});

export const sourceFileMissing = defineError({
  code: 'SOURCE_FILE_NOT_FOUND',
  status: 404,
  meaning: 'The annotations name a file that is not in the folder that holds the images.',
  remedy: 'Add the file or correct its path, and run the import again.',
  message: 'There is no such file in the folder that holds the images.',
});

export const sourceFileUnreadable = defineError({
  code: 'SOURCE_FILE_UNREADABLE',
  status: 400,
  meaning: 'A file to import exists but cannot be read.',
  remedy: 'Correct its permissions, and run the import again.',
  message: (reason: string) => `The file cannot be read (${reason}).`,
});

export const fileTooLarge = defineError({
  code: 'FILE_TOO_LARGE',
  status: 413,
  meaning: 'A file to import has more bytes than are accepted.',
  remedy: 'Make the picture smaller, or raise `MAX_IMAGE_BYTES`.',
  message: (bytes: number, limit: number) => `The file has ${bytes} bytes; at most ${limit} are accepted.`,
  details: (bytes, limit) => ({ bytes, limit }),
});

export const importAllFailed = defineError({
  code: 'IMPORT_ALL_FAILED',
  status: null,
  meaning: 'None of the pictures could be imported.',
  remedy: 'The message gives the most frequent reason; the `failures` of the job give the others.',
  message: (failed: number, example: { code: string; message: string }) =>
    `No picture could be imported: all ${failed} that were selected failed. ` +
    `The most frequent reason was ${example.code}: ${example.message}`,
  details: (failed, example) => ({ failed, reason: example.code }),
});

export const imageLocationMissing = defineError({
  code: 'IMAGE_LOCATION_MISSING',
  status: null,
  meaning: 'The annotations give neither a URL nor a path for an image.',
  remedy: 'Add one, and run the import again.',
  message: 'The row has neither a URL nor a path for this image.',
});

export const imageFileMissing = defineError({
  code: 'IMAGE_FILE_MISSING',
  status: 500,
  meaning: 'The file of a stored image is missing from the image store.',
  remedy: 'Restore the folder `images` from a backup, or delete the image and import it again.',
  message: (_sha256: string) =>
    'The file of this image is missing from the image store. Delete the image and import it again.',
  details: (sha256) => ({ sha256 }),
});

export const imageFileDeleted = imageFileMissing.variant({
  message: 'The stored file was deleted several times during the import. Run the import again.',
});

export const externalIdInvalid = defineError({
  code: 'EXTERNAL_ID_INVALID',
  status: 400,
  meaning: 'The external id of an image is empty, too long or not valid Unicode.',
  remedy: 'Use 1 to 1,000 characters, without unpaired surrogates.',
  message: 'An external id has 1 to 1,000 characters, all of them valid Unicode (no unpaired surrogates).',
});

export const labelInvalid = defineError({
  code: 'LABEL_INVALID',
  status: 400,
  meaning: 'A label is empty, too long or not valid Unicode, or an image has too many labels.',
  remedy:
    'Use 1 to 500 characters per label, without unpaired surrogates, and at most 1,000 labels per image.',
  message:
    'A label has 1 to 500 characters, all of them valid Unicode (no unpaired surrogates), and an image at most 1,000 labels.',
});

export const imageUpdateInvalid = defineError({
  code: 'IMAGE_UPDATE_INVALID',
  status: 400,
  meaning: 'An update of an image contradicts itself.',
  remedy: 'Correct the fields that the message names.',
  message: (problem: string) => problem,
});

export const imageRepeated = defineError({
  code: 'IMAGE_REPEATED',
  status: 400,
  meaning: 'A request names the same image twice. The first of the two was carried out.',
  remedy: 'Send the second in another request, or merge the two.',
  message: (name: string) =>
    `The request names the image ${name.slice(0, SHOWN_NAME_LENGTH)} more than once. Only the first was carried out.`,
});

export const pictureRequired = defineError({
  code: 'PICTURE_REQUIRED',
  status: 400,
  meaning: 'An image to put has no picture, or two.',
  remedy: 'Give either `upload` or `url`. To change only labels and attributes, use `updateImages`.',
  message:
    'Give either the upload or the URL of the picture. To change only labels and attributes, use updateImages.',
});

export const pictureUnreachable = defineError({
  code: 'PICTURE_URL_UNREACHABLE',
  status: 400,
  meaning: 'The host in the URL of a picture cannot be reached, or may not be.',
  remedy: 'Check the URL, or upload the picture.',
  message: 'The host in the URL cannot be reached. Check the URL, or upload the picture.',
});

export const thumbnailWidthInvalid = defineError({
  code: 'THUMBNAIL_WIDTH_INVALID',
  status: 400,
  meaning: 'There are no thumbnails of this width.',
  remedy: 'Use one of the widths that the message lists.',
  message: (widths: readonly number[]) => `Thumbnails come in these widths: ${widths.join(', ')}.`,
  details: (widths) => ({ widths: widths.map(String) }),
});

export const tooManyImages = defineError({
  code: 'TOO_MANY_IMAGES',
  status: 400,
  meaning: 'The request adds or deletes more images than are allowed at once.',
  remedy: 'Send them in several requests.',
  message: (limit: number) => `One request may have at most ${limit} images. Send them in several.`,
  details: (limit) => ({ limit }),
});

export const tooManyUrls = defineError({
  code: 'TOO_MANY_URLS',
  status: 400,
  meaning: 'The request has more pictures to download than are allowed at once.',
  remedy: 'Send them in several requests, or import them from annotations.',
  message: (limit: number) => `One request may have at most ${limit} URLs. Send them in several.`,
  details: (limit) => ({ limit }),
});

export const tooManyValues = defineError({
  code: 'TOO_MANY_VALUES',
  status: 400,
  meaning: 'The request has more labels and attributes, of all images together, than are allowed at once.',
  remedy: 'Send the images in several requests.',
  message: (limit: number) =>
    `One request may have at most ${limit} labels and attributes. Send the images in several.`,
  details: (limit) => ({ limit }),
});

export const distanceOutOfRange = defineError({
  code: 'DISTANCE_OUT_OF_RANGE',
  status: 400,
  meaning: 'The distance between perceptual hashes is out of range.',
  remedy: 'Use a whole number of bits in the range that the message gives.',
  message: (distance: number, max: number) =>
    `The distance is a whole number of bits from 0 to ${max}; it is ${distance}.`,
  details: (distance, max) => ({ distance, max }),
});

export const duplicatesUnavailable = defineError({
  code: 'DUPLICATES_UNAVAILABLE',
  status: 503,
  quiet: true,
  meaning: 'The pictures of the dataset are still being compared.',
  remedy: 'Ask again later; `done` and `total` say how far the comparison is.',
  message: (done: number, total: number) =>
    `The pictures of the dataset are still being compared (${done} of ${total} read). Ask again later.`,
  details: (done, total) => ({ done, total }),
});

export const duplicateDecisionInvalid = defineError({
  code: 'DUPLICATE_DECISION_INVALID',
  status: 400,
  meaning: 'A decision about duplicates does not name two or more different images of one dataset.',
  remedy: 'Name the images of one group of `duplicates`.',
  message: (problem: string) => problem,
});

export const stageNotFound = defineError({
  code: 'STAGE_NOT_FOUND',
  status: 404,
  meaning: 'There is no stage with this id: it has expired, or its import has ended.',
  remedy: 'Create a stage with `createStage`, and add the files again.',
  message: 'There is no such stage. It has expired, or its import has ended. Create another one.',
});

export const stageInUse = defineError({
  code: 'STAGE_IN_USE',
  status: 409,
  meaning: 'The files of the stage are being imported.',
  remedy: 'Create another stage for further files.',
  message: 'The files of this stage are being imported. Create another stage for further files.',
});

export const stagePathInvalid = defineError({
  code: 'STAGE_PATH_INVALID',
  status: 400,
  meaning: 'The path of a file in a stage is not a relative path of valid names.',
  remedy: 'Use names separated by "/", such as `dress/12.jpg`.',
  message: (path: string, problem: string) =>
    `The path "${path.slice(0, SHOWN_NAME_LENGTH).toWellFormed()}" cannot be that of a staged file: ${problem}.`,
  details: (path) => ({ path: path.slice(0, SHOWN_NAME_LENGTH).toWellFormed() }),
});

export const stageFull = defineError({
  code: 'STAGE_FULL',
  status: 413,
  meaning:
    'A stage has too many files, all stages together have too many bytes, or there are too many stages.',
  remedy:
    'Import what has been staged, or discard it. `STAGE_MAX_FILES` and `STAGES_MAX_BYTES` set the limits.',
  message: (problem: string) => `${problem}. Import what has been staged, or discard it.`,
});

export const downloadReasonUnknown = defineError({
  code: 'DOWNLOAD_REASON_UNKNOWN',
  status: 400,
  meaning: 'The reason for which to retry downloads is not one for which downloads fail.',
  remedy: 'Use one of the reasons that the message lists.',
  message: (reason: string, recorded: readonly string[]) =>
    `Downloads never fail for the reason "${reason.slice(0, SHOWN_NAME_LENGTH)}". ` +
    (recorded.length === 0
      ? 'No download of this dataset has failed.'
      : `Those of this dataset failed for: ${recorded.join(', ')}.`),
  details: (reason, recorded) => ({ reason: reason.slice(0, SHOWN_NAME_LENGTH), recorded }),
});

export const downloadPlaceholder = defineError({
  code: 'DOWNLOAD_PLACEHOLDER',
  status: null,
  meaning: 'A host returned the same picture for many URLs: a placeholder for pictures that are gone.',
  remedy: 'Find another source for these pictures.',
  message: (host: string, urls: number) =>
    `${host} returned the same picture for ${urls} different URLs: a placeholder for pictures that are gone.`,
  details: (host, urls) => ({ host, urls }),
});

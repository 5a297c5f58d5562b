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
  message: (path: string, folder: string) =>
    `There is no file ${JSON.stringify(path.slice(0, 200))} in the folder "${folder}". ` +
    'Slashes, letter case, escapes and spaces of the path were tried in all their usual forms.',
});

export const sourceFileAmbiguous = defineError({
  code: 'SOURCE_FILE_AMBIGUOUS',
  status: 400,
  meaning:
    'The annotations name no file exactly, and several that differ only in letter case, normal form or folder.',
  remedy: 'Write the path exactly as one of the files is named.',
  message: (path: string, found: readonly string[]) => {
    const shown = found.slice(0, 3).map((name) => JSON.stringify(name.slice(0, 100)));
    return `${JSON.stringify(path.slice(0, 200))} may be any of ${found.length} files: ${shown.join(', ')}${found.length > 3 ? ', …' : ''}.`;
  },
});

export const sourceFolderSkipped = defineError({
  code: 'SOURCE_FOLDER_SKIPPED',
  status: null,
  meaning: 'A folder or file to import was left out. The others are imported.',
  remedy: 'The message says what is wrong with it.',
  message: (path: string, problem: string) =>
    `${JSON.stringify(path.slice(0, 300))} was left out: ${problem}.`,
});

export const sourceFileUnreadable = defineError({
  code: 'SOURCE_FILE_UNREADABLE',
  status: 400,
  meaning: 'A file to import exists but cannot be read.',
  remedy: 'Correct its permissions, and run the import again.',
  message: (reason: string) => `The file cannot be read (${reason}).`,
});

export const containedPictureMissing = defineError({
  code: 'CONTAINED_PICTURE_MISSING',
  status: 400,
  meaning: 'A row of Parquet or a sample of a tar archive has no picture.',
  remedy: 'Write the file again, or leave the row out.',
  message: (name: string) => `There is no picture at ${JSON.stringify(name)}.`,
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

const MEND_FILE = 'Run lookalike verify, or synchronise or import its source again.';

export const imageFileMissing = defineError({
  code: 'IMAGE_FILE_MISSING',
  status: 500,
  meaning: 'The file of a stored image is missing from the image store.',
  remedy:
    'Restore the folder `images` from a backup, run `lookalike verify`, which fetches the picture again from its URL, ' +
    'or synchronise or import its source again.',
  message: (_sha256: string, advice = MEND_FILE) =>
    `The file of this image is missing from the image store. ${advice}`,
  details: (sha256) => ({ sha256 }),
});

export const imageFileDeleted = imageFileMissing.variant({
  message: 'The stored file was deleted several times during the import. Run the import again.',
});

export const imageFileDamaged = defineError({
  code: 'IMAGE_FILE_DAMAGED',
  status: 500,
  meaning:
    'The bytes of a stored image have changed on the disk: they no longer have the digest under which they were stored.',
  remedy:
    'Run `lookalike verify`, which fetches the picture again from its URL, or synchronise or import its source again.',
  message: (_sha256: string, advice = MEND_FILE) =>
    `The file of this image is damaged: its bytes have changed since they were stored. ${advice}`,
  details: (sha256) => ({ sha256 }),
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

export const answerLabelsTooMany = defineError({
  code: 'ANSWER_LABELS_TOO_MANY',
  status: 400,
  meaning: 'The images of an answer have more than 20,000 labels together.',
  remedy: 'Ask for fewer images at a time, or leave out `labels`. Changes have been made nevertheless.',
  message: (max: number) =>
    `The images of the answer have more than the ${max} labels allowed together. Ask for fewer of them ` +
    'at a time, or leave out "labels". If the operation was a mutation, its changes have been made.',
  details: (max) => ({ max }),
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

export const syncDeletesTooMany = defineError({
  code: 'SYNC_DELETES_TOO_MANY',
  status: 409,
  meaning: 'A synchronisation would remove more images than it may. It has removed none.',
  remedy: 'Check that the source is complete, then allow more with `maxDelete` (`--max-delete`).',
  message: ({
    vanished,
    all,
    most,
    samples,
  }: {
    vanished: number;
    all: number;
    most: number;
    samples: readonly string[];
  }) =>
    `The source no longer has ${vanished} of the ${all} images that it has brought, such as ` +
    `${samples.map((id) => JSON.stringify(id.slice(0, 80))).join(', ')}. At most ${most} may be removed at once, so none was.`,
  details: ({ vanished, all, most }) => ({ vanished, all, most }),
});

export const syncSourceDamaged = defineError({
  code: 'SYNC_SOURCE_DAMAGED',
  status: 409,
  meaning:
    'A source has rows or folders that cannot be read, so images that it seems to lack were not removed.',
  remedy:
    'Correct what the failures of the job list, or give `maxDelete` (`--max-delete`) to remove them all the same.',
  message: (vanished: number, faults: number) =>
    `The source no longer has ${vanished} of its images, but ${faults} of its rows or folders cannot be read and may have them. ` +
    'Nothing was removed; everything else is in step.',
  details: (vanished, faults) => ({ vanished, faults }),
});

export const keptSourceNotFound = defineError({
  code: 'KEPT_SOURCE_NOT_FOUND',
  status: 404,
  meaning: 'No source is kept under this name.',
  remedy: 'List the sources with the query `sources` or `lookalike sources`, or add it.',
  message: (name: string, near: readonly string[]) =>
    `There is no source "${name.slice(0, SHOWN_NAME_LENGTH)}". Add it first, or list the existing ones.${didYouMean(near)}`,
  details: (name, near) => ({ name: name.slice(0, SHOWN_NAME_LENGTH), near }),
});

export const keptSourceExists = defineError({
  code: 'KEPT_SOURCE_EXISTS',
  status: 409,
  meaning: 'A source of this name is kept already.',
  remedy: 'Change it with `updateSource` (`lookalike source edit`), or choose another name.',
  message: (name: string) => `There is a source "${name}" already. Edit it, or choose another name.`,
  details: (name) => ({ name }),
});

export const keptSourceInvalid = defineError({
  code: 'KEPT_SOURCE_INVALID',
  status: 400,
  meaning: 'A source cannot be kept as it is described.',
  remedy: 'The message says what to change.',
  message: (problem: string) => problem,
});

export const keptSourcesTooMany = defineError({
  code: 'KEPT_SOURCES_TOO_MANY',
  status: 409,
  meaning: 'As many sources are kept as can be.',
  remedy: 'Remove those that are no longer used.',
  message: (most: number) => `There are ${most} sources already. Remove some of them first.`,
  details: (most) => ({ most }),
});

export const scheduleInvalid = defineError({
  code: 'SCHEDULE_INVALID',
  status: 400,
  meaning: 'A schedule cannot be understood.',
  remedy: 'Give an interval such as `6h`, or a cron pattern of five fields such as `0 3 * * *`.',
  message: (problem: string) => problem,
});

export const importFailuresTooMany = defineError({
  code: 'IMPORT_FAILURES_TOO_MANY',
  status: null,
  meaning:
    'More items of an import failed than `maxFailures` allows, so it ended early. What it has imported stays.',
  remedy: 'Correct what the failures of the job list, or raise `maxFailures`, and run the import again.',
  message: (failed: number, most: number, example: { code: string; message: string } | undefined) =>
    `${failed} items failed, more than the ${most} that may. ` +
    (example === undefined ? '' : `The most frequent reason was ${example.code}: ${example.message}`),
  details: (failed, most) => ({ failed, most }),
});

import { errorsOf } from '../common/index.ts';

const defineError = errorsOf('Search');

export const vectorIndexNotFound = defineError({
  code: 'VECTOR_INDEX_NOT_FOUND',
  status: 500,
  meaning: 'The vectors of an index that should answer are missing.',
  remedy: 'Build the index again: `buildIndex` in the API, `lookalike index NAME` on the command line.',
  message: (name: string) => `There is no vector index "${name}". Build the index of the dataset first.`,
  details: (name) => ({ name }),
});

/** An index that should answer is not there. */
export const indexesMissing = vectorIndexNotFound.variant({
  message: (datasets: readonly string[]) =>
    `The vector index of ${datasets.map((dataset) => `"${dataset}"`).join(', ')} is missing. ` +
    'Build it again: buildIndex in the API, "lookalike index NAME" on the command line.',
  details: (datasets) => ({ datasets }),
});

export const vectorIndexMismatch = defineError({
  code: 'VECTOR_INDEX_MISMATCH',
  status: 409,
  meaning: 'A vector index of this name holds vectors of another model or of another length.',
  remedy: 'Use the model that the message names, or build the index again with the other one.',
  message: (
    name: string,
    there: { dimension: number; model: string },
    asked: { dimension: number; model: string },
  ) =>
    `The vector index "${name}" holds vectors of ${there.dimension} numbers from the model ${there.model}, ` +
    `not of ${asked.dimension} numbers from ${asked.model}. ` +
    'Use that model, or build the index again with the other one.',
  details: (name, there, asked) => ({
    name,
    dimension: there.dimension,
    model: there.model,
    askedDimension: asked.dimension,
    askedModel: asked.model,
  }),
});

/** Something on the cluster has a name that we need, and is not ours. */
export const vectorIndexForeign = defineError({
  code: 'VECTOR_INDEX_FOREIGN',
  status: 409,
  meaning:
    'A name that the index needs on the cluster is taken by an index or alias of another installation.',
  remedy: 'Use the data folder that it belongs to, or set `INDEX_PREFIX` to a name that nobody else uses.',
  message: (
    _name: string,
    there: {
      /** The name on the cluster, of an index or an alias. */
      holder: string;
      /** The id of the installation it belongs to; null if nothing says which. */
      owner: string | null;
      installation: string;
    },
  ) =>
    `"${there.holder}" on the cluster belongs to ` +
    (there.owner === null
      ? `someone else, or cannot be proved to belong to this installation (${there.installation}). ` +
        'If it is yours, delete it on the cluster and build the index again. Otherwise '
      : `the installation ${there.owner}, and this is the installation ${there.installation}. ` +
        'Use the data folder that it belongs to, or ') +
    'set INDEX_PREFIX (and LABEL_ALIAS_PATTERN, unless it contains {prefix}) to names that nobody else uses, and build the index again.',
  details: (name, there) => ({ name, ...there }),
});

export const vectorInvalid = defineError({
  code: 'VECTOR_INVALID',
  status: 500,
  meaning: 'A vector that the model produced cannot be used in the index.',
  remedy: 'Check the model with `lookalike models add`; it should refuse such a network.',
  message: (name: string, problem: string, id: number | null = null) =>
    `${id === null ? 'The query vector' : `The vector of image ${id}`} cannot be used in the index "${name}": ${problem}.`,
  details: (name, problem, id = null) => ({ name, problem, id }),
});

export const kOutOfRange = defineError({
  code: 'K_OUT_OF_RANGE',
  status: 400,
  meaning: 'The number of hits, `first` or `-k`, is out of range.',
  remedy: 'Use a whole number in the range that the message gives.',
  message: (k: number, max: number) =>
    `The number of hits must be a whole number from 1 to ${max}; it is ${k}.`,
  details: (k, max) => ({ k, max }),
});

export const minScoreOutOfRange = defineError({
  code: 'MIN_SCORE_OUT_OF_RANGE',
  status: 400,
  meaning: '`minScore` is not a cosine similarity.',
  remedy: 'Use a number from -1 to 1.',
  message: (minScore: number) => `minScore is a cosine similarity from -1 to 1; it is ${minScore}.`,
  details: (minScore) => ({ minScore }),
});

export const minConfidenceOutOfRange = defineError({
  code: 'MIN_CONFIDENCE_OUT_OF_RANGE',
  status: 400,
  meaning: '`minConfidence` is not a probability.',
  remedy: 'Use a number from 0 to 1.',
  message: (minConfidence: number) => `minConfidence is a probability from 0 to 1; it is ${minConfidence}.`,
  details: (minConfidence) => ({ minConfidence }),
});

export const confidenceUnknown = defineError({
  code: 'CONFIDENCE_UNKNOWN',
  status: 409,
  meaning:
    'A search with `minConfidence` needs the confidence of its hits, which is not known: of several examples or of words, or because the index of a dataset has not been calibrated.',
  remedy:
    'Search with one picture. Label at least 50 images with two or more labels, and build the index again. Or use `minScore`.',
  message:
    'The confidence of hits is known for searches with one picture only, not with several examples or with words. Use minScore instead of minConfidence.',
});

/** Some indexes lack a calibration. */
export const indexesUncalibrated = confidenceUnknown.variant({
  message: (datasets: readonly string[]) =>
    `The confidence of hits in ${datasets.map((dataset) => `"${dataset}"`).join(', ')} is not known, because the index has not been calibrated. ` +
    'That takes at least 50 images with labels and two labels that differ: add labels and build the index again, or use minScore.',
  details: (datasets) => ({ datasets }),
});

export const datasetNotIndexed = defineError({
  code: 'DATASET_NOT_INDEXED',
  status: 409,
  meaning: 'The dataset has no index yet.',
  remedy: 'Build it: `buildIndex` in the API, `lookalike index NAME` on the command line.',
  message: (dataset: string) =>
    `The dataset "${dataset}" has no index yet. Build it: buildIndex in the API, "lookalike index ${dataset}" on the command line.`,
  details: (dataset) => ({ dataset }),
});

export const nothingIndexed = defineError({
  code: 'NOTHING_INDEXED',
  status: 409,
  meaning: 'No dataset has an index yet.',
  remedy: 'Import a dataset, then build its index.',
  message:
    'No dataset has an index yet. Import one, then build its index: buildIndex in the API, "lookalike index NAME" on the command line.',
});

export const noDatasets = defineError({
  code: 'NO_DATASETS',
  status: 400,
  meaning: '`datasets` is an empty list.',
  remedy: 'Name at least one dataset, or omit `datasets` to search all of them.',
  message:
    '"datasets" is empty, so there is nothing to search. Name a dataset, or omit "datasets" to search all of them.',
});

export const modelMismatch = defineError({
  code: 'MODEL_MISMATCH',
  status: 409,
  meaning: 'The datasets are indexed with different models, so their scores cannot be compared.',
  remedy: 'Search them one by one, or build their indexes with one model.',
  message: (indexes: readonly { dataset: string; model: { key: string } }[]) =>
    'These datasets cannot be searched together, because their embeddings cannot be compared: ' +
    `${indexes.map(({ dataset, model }) => `"${dataset}" is indexed with ${model.key}`).join(', ')}. ` +
    'Search them one by one, or build their indexes with one model.',
  details: (indexes) => ({
    datasets: indexes.map(({ dataset }) => dataset),
    indexModels: [...new Set(indexes.map(({ model }) => model.key))],
  }),
});

export const queryPictureMissing = defineError({
  code: 'QUERY_PICTURE_MISSING',
  status: 400,
  meaning: 'The upload of a picture is missing: it was sent as null, without a file.',
  remedy: 'Send the file in a multipart request, or give a `url`.',
  message: 'The picture is missing. Send a file in a multipart request, or give a URL.',
});

export const queryPictureNotFound = defineError({
  code: 'QUERY_PICTURE_NOT_FOUND',
  status: 404,
  meaning:
    'There is no query picture with this id. It has expired, or was removed to make room for newer ones.',
  remedy: 'Add the picture again with `addQueryPicture`, and search with the new id.',
  message: (id: string) =>
    `There is no query picture "${id.slice(0, 40)}". It may have expired: add the picture again with addQueryPicture.`,
});

export const heatMapNotFound = defineError({
  code: 'HEAT_MAP_NOT_FOUND',
  status: 404,
  meaning: 'There is no heat map with this id. It has expired, or was removed to make room for newer ones.',
  remedy: 'Ask for the explanation again, and use the new address.',
  message: (id: string) =>
    `There is no heat map "${id.slice(0, 40)}". It may have expired: ask for the explanation again.`,
});

export const examplesInvalid = defineError({
  code: 'EXAMPLES_INVALID',
  status: 400,
  meaning: 'The examples to search with are too many or incomplete, or a weight is out of range.',
  remedy: 'Correct what the message names.',
  message: (problem: string) => `The examples cannot be used: ${problem}.`,
});

export const examplesCancelOut = defineError({
  code: 'EXAMPLES_CANCEL_OUT',
  status: 400,
  meaning: 'The weighted examples cancel each other out, so that nothing is left to search for.',
  remedy: 'Change the weights, or omit an example.',
  message:
    'The examples cancel each other out, so that nothing is left to search for. Change the weights, or omit an example.',
});

export const groupingInvalid = defineError({
  code: 'GROUPING_INVALID',
  status: 400,
  meaning: 'Hits cannot be grouped in the way that the search asks for.',
  remedy: 'Correct what the message names.',
  message: (problem: string) => `The hits cannot be grouped: ${problem}.`,
});

export const facetsInvalid = defineError({
  code: 'FACETS_INVALID',
  status: 400,
  meaning: 'A facet is incomplete or too long, or there are too many.',
  remedy: 'Correct what the message names.',
  message: (problem: string) => `The facets cannot be counted: ${problem}.`,
});

export const batchTooLarge = defineError({
  code: 'BATCH_TOO_LARGE',
  status: 400,
  meaning: 'A batch has more searches, or more pictures to search with, than are allowed.',
  remedy: 'Send them in several requests.',
  message: (what: string, count: number, max: number) =>
    `The batch has ${count} ${what}; at most ${max} are allowed. Send them in several requests.`,
  details: (_what, count, max) => ({ count, max }),
});

export const cursorExpired = defineError({
  code: 'CURSOR_EXPIRED',
  status: 409,
  meaning:
    'The search that the cursor belongs to is no longer kept, and the datasets have been indexed again since, so it cannot be continued.',
  remedy: 'Search again from the first page.',
  message:
    'The datasets have been indexed again since the search that the cursor belongs to. Search again from the first page.',
});

export const queryUrlUnreachable = defineError({
  code: 'QUERY_URL_UNREACHABLE',
  status: 400,
  meaning:
    'The picture to search with cannot be fetched: its URL does not lead to a public host that answers.',
  remedy: 'Check the URL, or upload the picture.',
  message:
    'The picture cannot be fetched: its URL does not lead to a public host that answers. Check the URL, or upload the picture.',
});

export const noQueries = defineError({
  code: 'NO_QUERIES',
  status: null,
  meaning: 'The folder to evaluate with holds no pictures.',
  remedy: 'Give a folder with a sub-folder of pictures for each label.',
  message:
    'There is no picture to evaluate with. Give a folder with a sub-folder of pictures for each label.',
});

export const searchUnavailable = defineError({
  code: 'SEARCH_UNAVAILABLE',
  status: 503,
  meaning: 'The vector index, perhaps on a cluster, cannot answer at the moment.',
  remedy: 'Try again later; `/health/ready` shows when it is back.',
  message: (problem: string, _cause?: unknown) =>
    `The vector index cannot answer at the moment: ${problem}. Try again later; /health/ready shows when it is back.`,
  details: (problem) => ({ problem }),
  cause: (_problem, cause) => cause,
});

export const searchServerRefused = defineError({
  code: 'SEARCH_SERVER_REFUSED',
  status: 500,
  meaning: 'Elasticsearch or OpenSearch refused the credentials, a permission or a request.',
  remedy: 'Correct the settings of the cluster as the message says.',
  message: (problem: string) => problem,
  details: (problem) => ({ problem }),
});

export const vectorRejected = defineError({
  code: 'VECTOR_REJECTED',
  status: 500,
  meaning: 'The cluster rejected the vector of an image.',
  remedy: 'Fix what the message names, then build the index again.',
  message: (name: string, reason: string) => `The index "${name}" rejected an entry: ${reason}.`,
  details: (name, reason) => ({ name, reason }),
});

export const indexIncomplete = defineError({
  code: 'INDEX_INCOMPLETE',
  status: 500,
  meaning: 'After a build the index does not hold as many images as it should.',
  remedy: 'Build it again with `rebuild`, which writes every image again.',
  message: (dataset: string, held: number, expected: number) =>
    `The index of "${dataset}" holds ${held} images instead of ${expected}. ` +
    'Build it again with "rebuild", which writes every image again.',
  details: (dataset, held, expected) => ({ dataset, held, expected }),
});

export const indexAllFailed = defineError({
  code: 'INDEX_ALL_FAILED',
  status: null,
  meaning: 'None of the pictures could be indexed.',
  remedy: 'The message gives the most frequent reason; the `failures` of the job give the others.',
  message: (dataset: string, failed: number, example: { code: string; message: string }) =>
    `No picture of "${dataset}" could be indexed: all ${failed} failed. ` +
    `The most frequent reason was ${example.code}: ${example.message}`,
  details: (dataset, failed, example) => ({ dataset, failed, reason: example.code }),
});

export const mapNotBuilt = defineError({
  code: 'MAP_NOT_BUILT',
  status: 404,
  meaning: 'The dataset has no map.',
  remedy: 'Build one with `buildMap`, and wait for the job.',
  message: (dataset: string) => `There is no map of "${dataset}" yet. Build one with buildMap.`,
  details: (dataset) => ({ dataset }),
});

export const labelErrorsUnavailable = defineError({
  code: 'LABEL_ERRORS_UNAVAILABLE',
  status: 503,
  quiet: true,
  meaning: 'The labels of the images are still being compared with those of their neighbours.',
  remedy: 'Ask again later; `done` and `total` say how far the comparison is.',
  message: (done: number, total: number) =>
    `The labels of the images are still being compared with those of their neighbours (${done} of ${total} done). Ask again later.`,
  details: (done, total) => ({ done, total }),
});

export const feedbackInvalid = defineError({
  code: 'FEEDBACK_INVALID',
  status: 400,
  meaning: 'A verdict about a hit is incomplete or cannot be about a hit.',
  remedy: 'Correct what the message names.',
  message: (problem: string) => `The feedback cannot be recorded: ${problem}.`,
});

export const noFeedback = defineError({
  code: 'NO_FEEDBACK',
  status: 409,
  meaning: 'Nobody has said anything about hits in the dataset, so there is nothing to evaluate with.',
  remedy: 'Record verdicts with `recordFeedback`, or with the thumbs on the page.',
  message:
    'There is no feedback to evaluate with. Record verdicts with recordFeedback, or with the thumbs on the page.',
});

export const indexBuildActive = defineError({
  code: 'INDEX_BUILD_ACTIVE',
  status: 409,
  meaning: 'An index of the dataset is being built.',
  remedy: 'Wait until that job has ended, or cancel it.',
  message: (dataset: string) =>
    `An index of "${dataset}" is being built. Wait until that job has ended, or cancel it.`,
  details: (dataset) => ({ dataset }),
});

export const imageNotIndexed = defineError({
  code: 'IMAGE_NOT_INDEXED',
  status: null,
  meaning: 'The index of the dataset does not hold an image.',
  remedy: 'The message says why: build the index again, or without its restriction to labels.',
  message: 'The index of the dataset does not hold this image. Build it again with `rebuild: true`.',
});

export const labelsNotIndexed = imageNotIndexed.variant({
  message: 'The index of the dataset is restricted to labels, and this image has none of them.',
});

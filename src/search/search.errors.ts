import { AppError } from '../common/index.ts';

export const vectorIndexNotFound = (name: string) =>
  new AppError(
    'VECTOR_INDEX_NOT_FOUND',
    `There is no vector index "${name}". Build the index of the dataset first.`,
    { name },
  );

export const vectorIndexMismatch = (
  name: string,
  there: { dimension: number; model: string },
  asked: { dimension: number; model: string },
) =>
  new AppError(
    'VECTOR_INDEX_MISMATCH',
    `The vector index "${name}" holds vectors of ${there.dimension} numbers from the model ${there.model}, ` +
      `not of ${asked.dimension} numbers from ${asked.model}. ` +
      'Use that model, or build the index again under the other one.',
    {
      name,
      dimension: there.dimension,
      model: there.model,
      askedDimension: asked.dimension,
      askedModel: asked.model,
    },
  );

/** Something on the cluster has a name that we need, and is not ours. */
export const vectorIndexForeign = (
  name: string,
  there: {
    /** The name on the cluster, of an index or an alias. */
    holder: string;
    /** The id of the installation it belongs to; null if nothing says which. */
    owner: string | null;
    installation: string;
  },
) =>
  new AppError(
    'VECTOR_INDEX_FOREIGN',
    `"${there.holder}" on the cluster belongs to ` +
      (there.owner === null
        ? `someone else, or cannot be proved to belong to this installation (${there.installation}). ` +
          'If it is yours, delete it on the cluster and build the index again. Otherwise '
        : `the installation ${there.owner}, and this is the installation ${there.installation}. ` +
          'Use the data folder that it belongs to, or ') +
      'set INDEX_PREFIX (and LABEL_ALIAS_PATTERN, unless it contains {prefix}) to names that nobody else uses, and build the index again.',
    { name, ...there },
  );

/** An index that should answer is not there. */
export const indexesMissing = (datasets: readonly string[]) =>
  new AppError(
    'VECTOR_INDEX_NOT_FOUND',
    `The vector index of ${datasets.map((dataset) => `"${dataset}"`).join(', ')} is missing. ` +
      'Build it again: buildIndex in the API, "lookalike index NAME" on the command line.',
    { datasets },
  );

export const vectorInvalid = (name: string, problem: string, id: number | null = null) =>
  new AppError(
    'VECTOR_INVALID',
    `${id === null ? 'The query vector' : `The vector of image ${id}`} cannot be used in the index "${name}": ${problem}.`,
    { name, problem, id },
  );

export const kOutOfRange = (k: number, max: number) =>
  new AppError('K_OUT_OF_RANGE', `k must be a whole number from 1 to ${max}; it is ${k}.`, { k, max });

export const minScoreOutOfRange = (minScore: number) =>
  new AppError('MIN_SCORE_OUT_OF_RANGE', `minScore is a cosine similarity from -1 to 1; it is ${minScore}.`, {
    minScore,
  });

export const datasetNotIndexed = (dataset: string) =>
  new AppError(
    'DATASET_NOT_INDEXED',
    `The dataset "${dataset}" has no index yet. Build it: buildIndex in the API, "lookalike index ${dataset}" on the command line.`,
    { dataset },
  );

export const nothingIndexed = () =>
  new AppError(
    'NOTHING_INDEXED',
    'No dataset has an index yet. Import one, then build its index: buildIndex in the API, "lookalike index NAME" on the command line.',
  );

export const modelMismatch = (indexes: readonly { dataset: string; model: { key: string } }[]) =>
  new AppError(
    'MODEL_MISMATCH',
    'These datasets cannot be searched at once, for their embeddings cannot be compared: ' +
      `${indexes.map(({ dataset, model }) => `"${dataset}" is indexed with ${model.key}`).join(', ')}. ` +
      'Search them one by one, or build their indexes with one model.',
    {
      datasets: indexes.map(({ dataset }) => dataset),
      indexModels: [...new Set(indexes.map(({ model }) => model.key))],
    },
  );

export const queryPictureMissing = () =>
  new AppError(
    'QUERY_PICTURE_MISSING',
    'Say what to look for: an upload, an imageId or a url, exactly one of them.',
  );

export const noQueries = () =>
  new AppError(
    'NO_QUERIES',
    'There is no picture to evaluate with. Give a folder with a sub-folder of pictures for each label.',
  );

export const searchUnavailable = (problem: string, cause?: unknown) =>
  new AppError(
    'SEARCH_UNAVAILABLE',
    `The vector index cannot answer now: ${problem}. Try again in a while; /health/ready tells when it is back.`,
    { problem },
    { cause },
  );

export const searchServerRefused = (problem: string) =>
  new AppError('SEARCH_SERVER_REFUSED', problem, { problem });

export const vectorRejected = (name: string, reason: string) =>
  new AppError('VECTOR_REJECTED', `The index "${name}" would not take an entry: ${reason}.`, {
    name,
    reason,
  });

export const indexIncomplete = (dataset: string, held: number, expected: number) =>
  new AppError(
    'INDEX_INCOMPLETE',
    `The index of "${dataset}" holds ${held} images and not ${expected}. ` +
      'Build it again with "rebuild": that writes every image anew.',
    { dataset, held, expected },
  );

export const indexAllFailed = (dataset: string, failed: number, example: { code: string; message: string }) =>
  new AppError(
    'INDEX_ALL_FAILED',
    `No picture of "${dataset}" could be indexed: all ${failed} failed. ` +
      `The most frequent reason was ${example.code}: ${example.message}`,
    { dataset, failed, reason: example.code },
  );

export const indexBuildActive = (dataset: string) =>
  new AppError(
    'INDEX_BUILD_ACTIVE',
    `An index of "${dataset}" is being built. Wait until that job has ended, or cancel it.`,
    { dataset },
  );

import { openUpload } from '../../../common/index.ts';
import type { ImportRequest, SyncOptions } from '../../import/import-input.ts';
import type { RequestedSource } from '../../import/requested-sources.ts';
import type { ImportDatasetInput } from './import-dataset.input.ts';

/** Which images of the source are imported, and how many may fail. */
export function selectionOf({
  labelIds,
  limit,
  maxFailures,
  acceptTruncated,
}: ImportDatasetInput): Pick<ImportRequest, 'labelIds' | 'limit' | 'maxFailures' | 'acceptTruncated'> {
  return {
    labelIds: labelIds ?? undefined,
    limit: limit ?? undefined,
    maxFailures: maxFailures ?? undefined,
    acceptTruncated,
  };
}

/** How a dataset is brought in step. */
export function syncOptions({ maxDelete, overwrite, compare }: ImportDatasetInput): SyncOptions {
  return { ...(maxDelete == null ? {} : { maxDelete }), overwrite, compare };
}

/** What the input asks to import from. */
export function requestedSource({
  annotations,
  columns,
  attributes,
  ...input
}: ImportDatasetInput): RequestedSource {
  return {
    openAnnotations: annotations ? (maxBytes) => openUpload(annotations, maxBytes) : undefined,
    annotationsPath: input.annotationsPath ?? undefined,
    annotationsUrl: input.annotationsUrl ?? undefined,
    directoryPath: input.directoryPath ?? undefined,
    stage: input.stage ?? undefined,
    stageAnnotations: input.stageAnnotations ?? undefined,
    imagesRoot: input.imagesRoot ?? undefined,
    pathTemplate: input.pathTemplate ?? undefined,
    labelLevel: input.labelLevel ?? undefined,
    labelNamesPath: input.labelNamesPath ?? undefined,
    format: input.format,
    columns: columns
      ? { id: columns.id ?? undefined, url: columns.url ?? undefined, label: columns.label ?? undefined }
      : undefined,
    labelSeparator: input.labelSeparator ?? undefined,
    delimiter: input.delimiter ?? undefined,
    encoding: input.encoding ?? undefined,
    attributes: attributes?.map(({ name, column, type }) => ({
      name,
      column: column ?? name,
      type: type ?? undefined,
    })),
  };
}

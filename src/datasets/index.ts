export {
  DatasetEvents,
  type DatasetListener,
  type ImagesChanged,
  type NotSearchable,
  type SearchOutcomes,
} from './catalogue/dataset-events.ts';
export { AttributeRepository } from './attributes/attribute.repository.ts';
export { DatasetsConfig } from './datasets.config.ts';
export { externalIdNotFound } from './datasets.errors.ts';
export { DatasetsModule } from './datasets.module.ts';
export { DatasetRepository } from './catalogue/dataset.repository.ts';
export { DatasetsService } from './catalogue/datasets.service.ts';
export type { Dataset, Label } from './catalogue/datasets.ts';
export {
  DEFAULT_DISTANCE,
  DuplicatesService,
  LARGEST_DISTANCE,
  type DuplicateGroup,
  type DuplicateMember,
} from './duplicates/duplicates.service.ts';
export { DuplicateDecision } from './duplicates/duplicate-decision.ts';
export { DuplicateDecisions } from './duplicates/duplicate-decisions.service.ts';
export {
  PictureRelations,
  RelationKind,
  type RelatedPicture,
  type Relation,
} from './duplicates/picture-relations.ts';
export { DurableFiles } from './files/durable-files.ts';
export { ImageCheck } from './import/image-check.port.ts';
export type { DownloadCount, DownloadRow } from './ledger/downloads.ts';
export { DownloadsService } from './ledger/downloads.service.ts';
export { ImageFilters } from './filtering/image-filters.ts';
export type { FacetCount, FacetRequest } from './filtering/facets.ts';
export { ImageFilterInput } from './api/images/image-filter.input.ts';
export { ImageRefInput } from './api/images/image-ref.input.ts';
export { AttributeValueScalar } from './api/attributes/attribute-value.scalar.ts';
export type { Image, ImageChange, ImageDeleted, ImageRef, ImageWritten } from './catalogue/images.ts';
export type { EditResult, ImageToPut } from './catalogue/image-edits.ts';
export { ImagesService } from './catalogue/images.service.ts';
export { ImportsService } from './import/imports.service.ts';
export type { AttributeColumn } from './import/attribute-column.ts';
export type { ImportRequest, ImportSource } from './import/import-input.ts';
export { KeptSources, type SourceChanges } from './kept-sources/kept-sources.service.ts';
export { shownPlace, type KeptSource, type LastRun, type SyncRequest } from './kept-sources/kept-source.ts';
export { shownSchedule, type RequestedSchedule, type ShownSchedule } from './kept-sources/schedule.ts';
export { SourceScheduler } from './kept-sources/source-scheduler.ts';
export { SyncRuns } from './sync/sync-runs.ts';
export type { SyncCounts, SyncKind } from './sync/sync-counts.ts';
export { ImportPreviews, type ImportPreview, type SyncPreview } from './import/import-previews.service.ts';
export { AnnotationFormat, type ColumnNames } from '../annotations/index.ts';
export { datasetsMigrations } from './migrations/index.ts';
export { LabelType, toLabelType } from './api/labels/label.type.ts';
export { DatasetType, toDatasetType } from './api/datasets/dataset.type.ts';
export { ImageType, toImageType } from './api/images/image.type.ts';
export { ThumbnailsService } from './files/thumbnails.service.ts';

export { DatasetEvents, type DatasetListener, type ImagesChanged } from './dataset-events.ts';
export { DatasetsConfig } from './datasets.config.ts';
export { datasetNotFound, imageNotFound, labelUnknown } from './datasets.errors.ts';
export { DatasetsModule } from './datasets.module.ts';
export { DatasetsService, type Dataset, type Label } from './datasets.service.ts';
export type { DatasetsTables } from './datasets.tables.ts';
export {
  DEFAULT_DISTANCE,
  DuplicatesService,
  LARGEST_DISTANCE,
  type DuplicateGroup,
  type DuplicateMember,
} from './duplicates.service.ts';
export type { DownloadCount, DownloadRow } from './download-ledger.ts';
export { DownloadsService } from './downloads.service.ts';
export { ImageFilter } from './dto/image-filter.input.ts';
export type { Image, ImageChange } from './images.ts';
export { ImagesService, type AddedImage, type ImageToAdd } from './images.service.ts';
export type { ImportRequest, ImportSource } from './import-input.ts';
export { ImportPreviews, type ImportPreview } from './import-previews.service.ts';
export { AnnotationFormat, type ColumnNames } from './annotations/format.ts';
export { datasetsMigrations } from './migrations/index.ts';
export { DatasetModel, toDatasetModel } from './models/dataset.model.ts';
export { ImageModel, toImageModel } from './models/image.model.ts';

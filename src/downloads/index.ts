export {
  Downloader,
  type Downloaded,
  type DownloadedFile,
  type DownloadFacts,
  type DownloadOptions,
} from './downloader.ts';
export type { Validators } from './exchange/validators.ts';
export type { Clock } from './clock.ts';
export { revealsNetwork } from './downloads.errors.ts';
export { isObjectUrl, objectUrlBelow } from './objects/object-name.ts';
export { S3Objects, type ListedObject } from './objects/s3-objects.ts';
export { SourceDownloader } from './source-downloader.ts';
export { S3Config } from './s3.config.ts';
export { DownloadsConfig } from './downloads.config.ts';
export { DownloadsModule } from './downloads.module.ts';
export type { DownloaderParts } from './url-fetcher.ts';
export type { ResolveName } from './guard/name-resolver.ts';
export { checkUrl, isPublicAddress, type UrlRules } from './guard/url-guard.ts';

export { ConfigModule } from './config.module.ts';
export { configSlice, flag, list, wholeNumber, type AnyConfigSlice } from './config-slice.ts';
export { loadConfig } from './load-config.ts';
export { ImageLimitsConfig } from './image-limits.config.ts';
export { UploadLimitsConfig } from './upload-limits.config.ts';

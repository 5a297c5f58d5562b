export { configInvalid } from './config.errors.ts';
export { ConfigModule } from './config.module.ts';
export {
  commaSeparated,
  configSlice,
  flag,
  oneOf,
  setting,
  text,
  wholeNumber,
  type AnyConfigSlice,
} from './config-slice.ts';
export { configurationPage } from './configuration-page.ts';
export { loadConfig } from './load-config.ts';
export { ImageLimitsConfig } from './image-limits.config.ts';
export { PLATFORM_VARIABLES } from './platform-variables.ts';
export { UploadLimitsConfig } from './upload-limits.config.ts';

export { graphqlModule } from './graphql.module.ts';
export { assertHostAllowed, hostGuard } from './host-guard.ts';
export { ServerConfig } from './server.config.ts';
export { uploadGuard } from './upload-guard.ts';

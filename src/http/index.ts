export { closeServer } from './close-server.ts';
export { GraphqlSockets, graphqlSocketsOf } from './graphql-sockets.ts';
export { hostUnavailable, portInUse } from './http.errors.ts';
export { graphqlModule } from './graphql.module.ts';
export { assertHostAllowed, hostGuard } from './host-guard.ts';
export { QueryLimitsConfig } from './query-limits.config.ts';
export { MAX_MESSAGE_BYTES, ServerConfig } from './server.config.ts';
export { uploadGuard } from './upload-guard.ts';

import { AppError } from '../common/index.ts';

const over = (code: string, what: string, max: number, setting: string) =>
  new AppError(code, `The query ${what}. Split it into several, or raise ${setting} on the server.`, { max });

export const queryTooManyTokens = (max: number) =>
  over('QUERY_TOO_MANY_TOKENS', `has more than the ${max} tokens allowed`, max, 'QUERY_MAX_TOKENS');

export const queryTooDeep = (max: number) =>
  over('QUERY_TOO_DEEP', `nests fields more than the ${max} levels allowed`, max, 'QUERY_MAX_DEPTH');

export const queryTooManyAliases = (max: number) =>
  over('QUERY_TOO_MANY_ALIASES', `uses more than the ${max} aliases allowed`, max, 'QUERY_MAX_ALIASES');

export const queryTooManyRootFields = (max: number) =>
  over(
    'QUERY_TOO_MANY_ROOT_FIELDS',
    `asks for more than the ${max} top-level fields allowed`,
    max,
    'QUERY_MAX_ROOT_FIELDS',
  );

export const queryTooCostly = (max: number) =>
  new AppError(
    'QUERY_TOO_COSTLY',
    `The query may return more than the ${max} values allowed. Ask for fewer fields, a smaller "first" or "k", ` +
      'or raise QUERY_MAX_COST on the server.',
    { max },
  );

export const uploadReused = () =>
  new AppError(
    'UPLOAD_REUSED',
    'Each uploaded file may stand for one variable only, and that variable may be used once. ' +
      'Upload the file once for each use.',
  );

export const tooManyOperations = (max: number) =>
  new AppError(
    'TOO_MANY_OPERATIONS',
    `This connection already runs the ${max} operations allowed. Wait for one to end, or complete one.`,
    { max },
  );

export const upgradeRefused = () =>
  new AppError(
    'UPGRADE_NOT_FOUND',
    'The only protocol to upgrade to here is WebSocket, at /graphql. For plain HTTP, leave out the Upgrade header.',
  );

export const originRefused = () =>
  new AppError(
    'ORIGIN_REFUSED',
    'This origin may not open WebSockets here. Add it to CORS_ORIGINS on the server.',
  );

export const operationUnknown = () =>
  new AppError(
    'OPERATION_RESOLUTION_FAILURE',
    'The document has no operation of that name, or several and no name was given. Set operationName.',
  );

import { errorsOf } from '../../common/index.ts';

const defineError = errorsOf('GraphQL documents');

const over =
  (what: (max: number) => string, setting: string) =>
  (max: number): string =>
    `The query ${what(max)}. Split it into several, or raise ${setting} on the server.`;

export const queryTooManyTokens = defineError({
  code: 'QUERY_TOO_MANY_TOKENS',
  status: 400,
  meaning: 'The document has more words and punctuation marks than `QUERY_MAX_TOKENS` allows.',
  remedy: 'Split it into several documents, pass values as variables, or raise `QUERY_MAX_TOKENS`.',
  message: over((max) => `has more than the ${max} tokens allowed`, 'QUERY_MAX_TOKENS'),
  details: (max) => ({ max }),
});

export const queryTooDeep = defineError({
  code: 'QUERY_TOO_DEEP',
  status: 400,
  meaning: 'The document nests fields more deeply than `QUERY_MAX_DEPTH` allows.',
  remedy: 'Split it into several documents, or raise `QUERY_MAX_DEPTH`.',
  message: over((max) => `nests fields more than the ${max} levels allowed`, 'QUERY_MAX_DEPTH'),
  details: (max) => ({ max }),
});

export const queryTooManyAliases = defineError({
  code: 'QUERY_TOO_MANY_ALIASES',
  status: 400,
  meaning: 'The document uses more aliases than `QUERY_MAX_ALIASES` allows.',
  remedy: 'Split it into several documents, or raise `QUERY_MAX_ALIASES`.',
  message: over((max) => `uses more than the ${max} aliases allowed`, 'QUERY_MAX_ALIASES'),
  details: (max) => ({ max }),
});

export const queryTooManyRootFields = defineError({
  code: 'QUERY_TOO_MANY_ROOT_FIELDS',
  status: 400,
  meaning: 'The operation asks for more top-level fields than `QUERY_MAX_ROOT_FIELDS` allows.',
  remedy: 'Split it into several documents, or raise `QUERY_MAX_ROOT_FIELDS`.',
  message: over((max) => `asks for more than the ${max} top-level fields allowed`, 'QUERY_MAX_ROOT_FIELDS'),
  details: (max) => ({ max }),
});

export const queryTooCostly = defineError({
  code: 'QUERY_TOO_COSTLY',
  status: 400,
  meaning: 'The operation may return more values than `QUERY_MAX_COST` allows.',
  remedy: 'Ask for fewer fields or a smaller `first`, or raise `QUERY_MAX_COST`.',
  message: (max: number) =>
    `The query may return more than the ${max} values allowed. Ask for fewer fields or a smaller "first", ` +
    'or raise QUERY_MAX_COST on the server.',
  details: (max) => ({ max }),
});

export const answerTooLarge = defineError({
  code: 'ANSWER_TOO_LARGE',
  status: 400,
  meaning: 'The answer has more than 16 MiB, for example because of attributes with long texts.',
  remedy:
    'Ask for fewer fields, a smaller `first`, or `attributes(names:)`. Changes have been made nevertheless.',
  message: (maxBytes: number) =>
    `The answer has more than the ${maxBytes} bytes allowed. Ask for fewer fields, a smaller "first", ` +
    'or only some attributes. If the operation was a mutation, its changes have been made.',
  details: (maxBytes) => ({ maxBytes }),
});

export const listTooLong = defineError({
  code: 'LIST_TOO_LONG',
  status: 400,
  meaning: 'A list among the arguments has more items than are allowed.',
  remedy: 'Send the items in several requests.',
  message: (argument: string, length: number, max: number) =>
    `The list "${argument}" has ${length} items; at most ${max} are allowed. Send them in several requests.`,
  details: (argument, length, max) => ({ argument, length, max }),
});

export const variableTooDeep = defineError({
  code: 'VARIABLE_TOO_DEEP',
  status: 400,
  meaning: 'A variable has lists and objects within each other at more levels than are allowed.',
  remedy: 'Write the value with fewer levels: a filter has at most 8.',
  message: (variable: string, max: number) =>
    `The variable "${variable}" has more than the ${max} levels allowed. Write it with fewer lists and objects within each other.`,
  details: (variable, max) => ({ variable, max }),
});

export const uploadReused = defineError({
  code: 'UPLOAD_REUSED',
  status: 400,
  meaning: 'An uploaded file stands for several variables, or its variable is used several times.',
  remedy: 'Upload the file once for each use.',
  message:
    'Each uploaded file may stand for one variable only, and that variable may be used once. ' +
    'Upload the file once for each use.',
});

export const tooManyOperations = defineError({
  code: 'TOO_MANY_OPERATIONS',
  status: 400,
  meaning: 'A WebSocket already runs as many operations as are allowed.',
  remedy: 'Wait for one to end, or complete one.',
  message: (max: number) =>
    `This connection already runs the ${max} operations allowed. Wait for one to end, or complete one.`,
  details: (max) => ({ max }),
});

export const overloaded = defineError({
  code: 'OVERLOADED',
  status: 503,
  quiet: true,
  meaning: 'The service already has `OPERATIONS_WAITING` operations waiting for their turn.',
  remedy: 'Try again later, with fewer requests at a time.',
  message: 'The service has more requests than it can carry out. Try again later.',
});

export const subscriptionOverHttp = defineError({
  code: 'SUBSCRIPTION_OVER_HTTP',
  status: 400,
  meaning: 'A subscription was sent as an HTTP request.',
  remedy: 'Open a WebSocket at `/graphql` with the protocol `graphql-transport-ws`.',
  message:
    'Subscriptions are answered over WebSocket only. Open one at /graphql with the protocol graphql-transport-ws.',
});

export const operationUnknown = defineError({
  code: 'OPERATION_RESOLUTION_FAILURE',
  status: 400,
  meaning: 'The document has no operation of the name given, or several and no name was given.',
  remedy: 'Set `operationName`.',
  message: 'The document has no operation of that name, or several and no name was given. Set operationName.',
});

/** Apollo words these two. */
export const parseFailed = defineError({
  code: 'GRAPHQL_PARSE_FAILED',
  status: 400,
  meaning: 'The document is not valid GraphQL.',
  remedy: 'Correct the syntax at the place that the message names.',
  message: 'The document is not valid GraphQL.',
});

export const validationFailed = defineError({
  code: 'GRAPHQL_VALIDATION_FAILED',
  status: 400,
  meaning: 'The document does not fit the schema.',
  remedy: 'Compare it with `schema.gql`.',
  message: 'The document does not fit the schema.',
});

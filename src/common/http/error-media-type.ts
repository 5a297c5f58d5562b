import type { Request } from 'express';

const JSON_TYPE = 'application/json';
const GRAPHQL_TYPE = 'application/graphql-response+json';

/** The `Content-Type` of a refusal: that of GraphQL over HTTP if the client prefers it, as for the answers of GraphQL. */
export function errorMediaType(request: Request): string {
  const isGraphql = /^\/graphql(?:[/?]|$)/.test(request.originalUrl);
  const accepted = isGraphql ? request.accepts([JSON_TYPE, GRAPHQL_TYPE]) : JSON_TYPE;
  return `${accepted || JSON_TYPE}; charset=utf-8`;
}

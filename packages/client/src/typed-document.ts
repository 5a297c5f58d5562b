import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';

/**
 * An operation as text, with the types of its result and its variables. GraphQL Code Generator makes these with
 * `documentMode: 'string'`.
 */
export interface TypedDocument<Result, Variables> extends DocumentTypeDecoration<Result, Variables> {
  /** Syntax trees have a kind and are not accepted: print them first. */
  readonly kind?: never;
  toString(): string;
}

/** The arguments after a document: its variables can be omitted if none of them is required. */
export type ArgumentsOf<Variables, Options> =
  Record<never, never> extends Variables
    ? [variables?: Variables, options?: Options]
    : [variables: Variables, options?: Options];

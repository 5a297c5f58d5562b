import type { IncomingHttpHeaders } from 'node:http';

/** What a server gives a response, to be asked later whether it has changed (RFC 9110, 8.8). */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

/** Both are sent back as they came, so anything odd or long is left out. */
const PLAIN = /^[\x20-\x7e]{1,500}$/;

/** Null if the server gives none. */
export function validatorsOf({
  etag,
  'last-modified': lastModified,
}: IncomingHttpHeaders): Validators | null {
  const validators = {
    ...(etag !== undefined && PLAIN.test(etag) ? { etag } : {}),
    ...(lastModified !== undefined && PLAIN.test(lastModified) ? { lastModified } : {}),
  };
  return Object.keys(validators).length === 0 ? null : validators;
}

/** The headers that ask for the response only if it has changed. */
export function conditionsOf({ etag, lastModified }: Validators): Record<string, string> {
  return {
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(lastModified === undefined ? {} : { 'if-modified-since': lastModified }),
  };
}

/** Thrown through the layers of a conditional request that was answered with 304. */
export class NotModified extends Error {}

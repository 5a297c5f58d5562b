import http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Service } from './service.ts';

const GRAPHQL = 'application/graphql-response+json';

describe('the media type of an answer', () => {
  let service: Service;

  beforeAll(async () => {
    service = await Service.start();
  });
  afterAll(() => service.stopAndForget());

  const json = { 'content-type': 'application/json' };
  const multipart = { 'content-type': 'multipart/form-data; boundary=x' };
  const answers: [string, number, http.OutgoingHttpHeaders, string][] = [
    ['an answer', 200, json, '{"query":"{ __typename }"}'],
    ['a document that cannot be parsed', 400, json, '{"query":"{"}'],
    ['a document that is not valid', 400, json, '{"query":"{ nothing }"}'],
    ['a document that asks for too much', 400, json, JSON.stringify({ query: `{ ${'{a'.repeat(60)} }` })],
    ['a body that is no JSON', 400, json, '{'],
    ['a body that is too large', 413, json, JSON.stringify({ query: ' '.repeat(3_000_000) })],
    ['a simple request', 400, { 'content-type': 'text/plain' }, '{"query":"{ __typename }"}'],
    ['an upload without a preflight', 400, multipart, '--x--'],
    ['a malformed upload', 400, { ...multipart, 'apollo-require-preflight': 'true' }, '--x--'],
    ['a foreign host', 403, { ...json, host: 'example.org' }, '{"query":"{ __typename }"}'],
  ];

  it.each(answers)('is what the client prefers: %s', async (_what, status, headers, body) => {
    for (const [accept, type] of [
      [`${GRAPHQL}, application/json;q=0.9`, GRAPHQL],
      [GRAPHQL, GRAPHQL],
      ['application/json', 'application/json'],
      ['*/*', 'application/json'],
    ] as const) {
      const answer = await post(`${service.url}/graphql`, { ...headers, accept }, body);
      expect({ accept, ...answer }).toEqual({ accept, status, type: `${type}; charset=utf-8` });
    }
  });

  it('is JSON outside of GraphQL', async () => {
    const response = await fetch(`${service.url}/images/1`, { headers: { accept: GRAPHQL } });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });
});

/** Unlike fetch(), it sends any host. */
function post(
  url: string,
  headers: http.OutgoingHttpHeaders,
  body: string,
): Promise<{ status: number | undefined; type: string | undefined }> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, type: response.headers['content-type'] });
    });
    request.on('error', reject);
    request.end(body);
  });
}

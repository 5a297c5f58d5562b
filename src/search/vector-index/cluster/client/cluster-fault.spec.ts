import { describe, expect, it } from '@jest/globals';
import { ClusterFault, innermostCause, faultOf } from './cluster-fault.ts';

/** As both clients throw them. */
function clientError(name: string, message: string, statusCode?: number, body?: unknown): Error {
  return Object.assign(new Error(message), { name, statusCode, meta: { statusCode: statusCode ?? 0, body } });
}

function refusal(statusCode: number, error: unknown): Error {
  return clientError('ResponseError', 'a long dump of the answer', statusCode, { error, status: statusCode });
}

describe('faultOf', () => {
  it.each([
    [
      clientError('ConnectionError', 'connect ECONNREFUSED 127.0.0.1:9200'),
      'it cannot be reached (ECONNREFUSED)',
    ],
    [
      clientError('ConnectionError', 'getaddrinfo ENOTFOUND search.internal'),
      'it cannot be reached (ENOTFOUND)',
    ],
    [
      clientError('ConnectionError', 'read ECONNRESET - Local: 127.0.0.1:51804, Remote: 10.0.0.7:9200'),
      'it cannot be reached (ECONNRESET)',
    ],
    [
      clientError('ConnectionError', 'other side closed - Local: 127.0.0.1:1, Remote: 10.0.0.7:9200'),
      'it cannot be reached',
    ],
    [clientError('ConnectionError', 'Response aborted while reading the body'), 'it cannot be reached'],
    [clientError('NoLivingConnectionsError', 'There are no living connections'), 'it cannot be reached'],
    [clientError('DeserializationError', 'Unexpected end of JSON input'), 'it cannot be reached'],
    [clientError('TimeoutError', 'Request timed out'), 'it does not answer in time'],
    [clientError('RequestAbortedError', 'Request aborted'), 'it does not answer in time'],
    [
      new DOMException('The operation was aborted due to timeout', 'TimeoutError'),
      'it does not answer in time',
    ],
  ])('takes no answer for a server that is away, and names no address: %s', (thrown, message) => {
    expect(faultOf(thrown)).toMatchObject({ kind: 'unavailable', message, status: 0 });
    expect(faultOf(thrown).toAppError('Elasticsearch', 'clothing')).toMatchObject({
      code: 'SEARCH_UNAVAILABLE',
      message: expect.stringContaining(message) as unknown,
    });
  });

  it.each([
    ['self-signed certificate in certificate chain', 'self-signed certificate in certificate chain'],
    ['self-signed certificate', 'self-signed certificate'],
    ['unable to verify the first certificate', 'unable to verify the first certificate'],
    ['unable to get local issuer certificate', 'unable to get local issuer certificate'],
    ['certificate has expired', 'certificate has expired'],
    [
      "Hostname/IP does not match certificate's altnames: IP: 10.0.0.7 is not in the cert's list: ",
      "does not match certificate's altnames",
    ],
  ])('does not wait for another certificate: %s', (said, message) => {
    const fault = faultOf(clientError('ConnectionError', said));
    expect(fault).toMatchObject({ kind: 'refused', type: 'untrusted_certificate', message });
  });

  it.each([408, 429, 502, 503, 504])('treats the status %i as unavailable', (status) => {
    const fault = faultOf(refusal(status, { type: 'some_exception', reason: 'not now.' }));
    expect(fault).toMatchObject({ kind: 'unavailable', status, type: 'some_exception', message: 'not now' });
  });

  it('treats a full disk as unavailable', () => {
    const reason =
      'index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block; ...]';
    const error = {
      root_cause: [{ type: 'cluster_block_exception', reason }],
      type: 'cluster_block_exception',
      reason,
    };
    expect(faultOf(refusal(429, error)).toAppError('OpenSearch', 'x')).toMatchObject({
      code: 'SEARCH_UNAVAILABLE',
      message: expect.stringContaining('flood-stage') as unknown,
    });
  });

  it('treats a block as unavailable, because it may be lifted', () => {
    for (const [type, reason] of [
      ['index_create_block_exception', 'blocked by: [FORBIDDEN/10/cluster create-index blocked (api)];'],
      ['cluster_block_exception', 'index [x] blocked by: [FORBIDDEN/8/index write (api)];'],
    ]) {
      const fault = faultOf(refusal(403, { root_cause: [{ type, reason }], type, reason }));
      expect(fault).toMatchObject({ kind: 'unavailable', status: 403, type });
    }
    expect(faultOf(refusal(403, { type: 'security_exception', reason: 'no' }))).toMatchObject({
      kind: 'refused',
    });
  });

  it('recognises a missing index', () => {
    const cause = { type: 'index_not_found_exception', reason: 'no such index [x]', index: 'x' };
    const fault = faultOf(refusal(404, { root_cause: [cause], ...cause }));
    expect(fault).toMatchObject({ kind: 'refused', isIndexMissing: true });
    expect(fault.toAppError('Elasticsearch', 'clothing')).toMatchObject({ code: 'VECTOR_INDEX_NOT_FOUND' });
  });

  it('reports the innermost reason', () => {
    const mismatch =
      "The [dense_vector] field [embedding] in doc [document with id 'bad'] has a different number of dimensions [3] than defined in the mapping [1280]";
    const indexing = {
      root_cause: [{ type: 'document_parsing_exception', reason: 'failed to parse' }],
      type: 'document_parsing_exception',
      reason: 'failed to parse',
      caused_by: { type: 'illegal_argument_exception', reason: mismatch },
    };
    const fault = faultOf(refusal(400, indexing));
    expect(fault).toMatchObject({
      kind: 'refused',
      status: 400,
      type: 'document_parsing_exception',
      message: mismatch,
    });
    expect(fault.toAppError('Elasticsearch', 'clothing')).toMatchObject({
      code: 'SEARCH_SERVER_REFUSED',
      message: `Elasticsearch refused a request on the index "clothing": ${mismatch}.`,
    });

    const query =
      'failed to create query: The query vector has a different number of dimensions [3] than the document vectors [1280].';
    const searching = {
      root_cause: [{ type: 'query_shard_exception', reason: query }],
      type: 'search_phase_execution_exception',
      reason: 'all shards failed',
    };
    expect(faultOf(refusal(400, searching)).message).toBe(query.replace(/\.$/, ''));
  });

  it('does not repeat user names from the server', () => {
    const reason = 'unable to authenticate user [elastic] for REST request [/lookalike-x/_search]';
    const fault = faultOf(
      refusal(401, {
        root_cause: [{ type: 'security_exception', reason }],
        type: 'security_exception',
        reason,
      }),
    );
    expect(fault).toMatchObject({
      kind: 'refused',
      status: 401,
      message: 'it does not accept the credentials',
    });
  });

  it('reports the status if the answer contains no reason', () => {
    expect(faultOf(clientError('ResponseError', 'x', 404, '<html>')).message).toBe('it answered 404');
    expect(faultOf(clientError('ResponseError', 'x', 500, undefined)).message).toBe('it answered 500');
    expect(faultOf(clientError('ResponseError', 'x', 400, { error: 'no handler found' })).message).toBe(
      'no handler found',
    );
  });

  it('treats what the library refuses to send as refused, and returns faults unchanged', () => {
    expect(faultOf(clientError('ConfigurationError', 'no such option'))).toMatchObject({
      kind: 'refused',
      status: 0,
    });
    const fault = new ClusterFault('refused', 'no', 400, 'x');
    expect(faultOf(fault)).toBe(fault);
  });
});

describe('innermostCause', () => {
  it.each([undefined, null, 'text', {}, { error: null }, { error: undefined }])(
    'finds nothing in %j',
    (body) => {
      expect(innermostCause(body)).toEqual({ type: '', reason: '' });
    },
  );
});

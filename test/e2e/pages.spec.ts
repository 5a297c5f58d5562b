import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Service } from './service.ts';

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe('a browser at the service', () => {
  let service: Service;
  let production: Service;

  beforeAll(async () => {
    service = await Service.start();
    production = await Service.start({ NODE_ENV: 'production', PAGE: 'false' });
  });
  afterAll(async () => {
    await service.stopAndForget();
    await production.stopAndForget();
  });

  const open = (url: string, headers: Record<string, string> = {}) =>
    request(url, { headers: { ...BROWSER, ...headers } });

  it('finds a page at / and at the addresses of its views', async () => {
    for (const path of ['/', '/catalogue']) {
      const { headers, body } = await open(`${service.url}${path}`);
      expect(headers['content-type']).toContain('text/html');
      expect(await body.text()).toContain('Lookalike');
    }
  });

  it('is led from /graphql to GraphiQL, which programs are not', async () => {
    const { statusCode, headers } = await open(`${service.url}/graphql`);
    expect([statusCode, headers.location]).toEqual([303, '/graphiql']);
    expect((await service.graphql('{ __typename }')).data).toEqual({ __typename: 'Query' });
    const query = `${service.url}/graphql?query={__typename}`;
    const { body } = await open(query, { 'apollo-require-preflight': 'true' });
    expect(await body.json()).toEqual({ data: { __typename: 'Query' } });
  });

  it('gets answers of the API, not the page, wherever the API has a route', async () => {
    const live = await open(`${service.url}/health/live`);
    expect(await live.body.json()).toEqual({ status: 'ok' });
    for (const [path, code] of [
      ['/images/99', 'IMAGE_NOT_FOUND'],
      ['/images/99/thumbnail', 'IMAGE_NOT_FOUND'],
      ['/datasets/nowhere/downloads.csv', 'DATASET_NOT_FOUND'],
      ['/jobs/99/failures.csv', 'JOB_NOT_FOUND'],
      ['/query-pictures/99', 'QUERY_PICTURE_NOT_FOUND'],
    ]) {
      const { statusCode, body } = await open(`${service.url}${path}`);
      expect([statusCode, await body.json()]).toMatchObject([404, { errors: [{ extensions: { code } }] }]);
    }
  });

  it('is refused under a foreign host name, pages included', async () => {
    for (const path of ['/', '/catalogue', '/graphiql', '/docs/', '/graphql']) {
      const { statusCode, body } = await open(`${service.url}${path}`, { host: 'evil.example' });
      expect([path, statusCode]).toEqual([path, 403]);
      await body.dump();
    }
  });

  it('finds no GraphiQL in production, and no page if that is switched off', async () => {
    const graphql = await open(`${production.url}/graphql`);
    expect(graphql.statusCode).toBe(400);
    expect(await graphql.body.text()).toContain('GRAPHIQL=true');
    for (const path of ['/graphiql', '/', '/catalogue']) {
      const { statusCode, body } = await open(`${production.url}${path}`);
      expect([path, statusCode]).toEqual([path, 404]);
      await body.dump();
    }
  });
});

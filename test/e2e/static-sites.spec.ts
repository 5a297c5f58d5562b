import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { Controller, Get } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { request, type Dispatcher } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { notFound } from '../../src/common/http/request.errors.ts';
import { installPages } from '../../src/pages/install-pages.ts';
import { Pages, type ShownSites } from '../../src/pages/pages.ts';

const ALL: ShownSites = { page: true, graphiql: true, docs: true };
const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const INLINE = 'document.documentElement.dataset.theme = "dark"';
const SCRIPT = 'console.log("a script that is long enough");\n'.repeat(50);
const HASHED = '/assets/index-Bc3dE_f9.js';

const FILES: Record<string, string> = {
  'web/index.html': `<!doctype html><title>The page</title><script>${INLINE}</script>`,
  [`web${HASHED}`]: SCRIPT,
  'web/map-compiler.html': '<!doctype html><title>The compiler</title>',
  'web/favicon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'web/.secret': 'not to be seen',
  'secret.txt': 'not to be seen',
  'ide/index.html': '<!doctype html><title>The editor</title>',
  'docs/index.html': '<!doctype html><title>The documentation</title>',
  'docs/search.html': '<!doctype html><title>Searching</title>',
  'docs/adr/index.html': '<!doctype html><title>Decisions</title>',
  'docs/404.html': '<!doctype html><title>No such chapter</title>',
};

@Controller()
class ApiController {
  @Get('health/live')
  live() {
    return { status: 'ok' };
  }

  @Get('images/:id')
  image() {
    throw notFound('There is no such image.');
  }
}

let folder: string;
const opened: NestExpressApplication[] = [];

async function serve(shown: Partial<ShownSites> = {}, sites = folder): Promise<string> {
  const module = await Test.createTestingModule({
    controllers: [ApiController],
    providers: [{ provide: Pages, useValue: new Pages(sites, { ...ALL, ...shown }) }],
  }).compile();
  const app = module.createNestApplication<NestExpressApplication>({ logger: false });
  installPages(app);
  await app.listen(0, '127.0.0.1');
  opened.push(app);
  return app.getUrl();
}

/** Without the decoding that `fetch` does. */
async function get(
  url: string,
  headers: Record<string, string> = BROWSER,
  method: Dispatcher.HttpMethod = 'GET',
) {
  const { statusCode, headers: answered, body } = await request(url, { method, headers });
  const bytes = Buffer.from(await body.arrayBuffer());
  return { status: statusCode, headers: answered, bytes, text: bytes.toString() };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-pages-'));
  for (const [name, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  await writeFile(join(folder, `web${HASHED}.br`), brotliCompressSync(SCRIPT));
  await writeFile(join(folder, `web${HASHED}.gz`), gzipSync(SCRIPT));
});

afterAll(async () => {
  await Promise.all(opened.map((app) => app.close()));
  await rm(folder, { recursive: true });
});

describe('the page', () => {
  let url: string;
  beforeAll(async () => {
    url = await serve();
  });

  it.each(['/', '/catalogue', '/catalogue/my.dataset', '/duplicates?dataset=stamps', '/map'])(
    'answers %s with its one document, which is never taken from a cache unasked',
    async (path) => {
      const { status, headers, text } = await get(`${url}${path}`);
      expect([status, text]).toEqual([200, FILES['web/index.html']]);
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
      });
    },
  );

  it('allows nothing from elsewhere, and no inline script but its own', async () => {
    const { headers } = await get(url);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'self'");
    expect(policy).toMatch(/script-src 'self' 'sha256-[\w+/]{43}='(;|$)/);
    expect(policy).toMatch(/style-src 'self'(;|$)/);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });

  it('may frame one empty document that compiles text, and loads and runs nothing else', async () => {
    const { headers } = await get(`${url}/map-compiler.html`);
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'unsafe-eval'; frame-ancestors 'self'",
    );
  });

  it('lets browsers keep files that are named by their content', async () => {
    const { headers, text } = await get(`${url}${HASHED}`, { accept: '*/*' });
    expect(text).toBe(SCRIPT);
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect((await get(`${url}/favicon.svg`)).headers['cache-control']).toBe('no-cache');
  });

  it.each([
    ['gzip, deflate, br, zstd', 'br', brotliCompressSync(SCRIPT)],
    ['gzip, deflate', 'gzip', gzipSync(SCRIPT)],
    ['br;q=0, gzip', 'gzip', gzipSync(SCRIPT)],
    ['identity', undefined, Buffer.from(SCRIPT)],
  ])('sends the copy for Accept-Encoding: %s', async (accepted, encoding, bytes) => {
    const answer = await get(`${url}${HASHED}`, { 'accept-encoding': accepted });
    expect(answer.headers['content-encoding']).toBe(encoding);
    expect(answer.headers.vary).toBe('Accept-Encoding');
    expect(answer.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(answer.bytes.equals(bytes)).toBe(true);
  });

  it('sends nothing to browsers that have it already', async () => {
    const { etag } = (await get(url)).headers;
    const again = await get(url, { ...BROWSER, 'if-none-match': String(etag) });
    expect([again.status, again.text, again.headers.etag]).toEqual([304, '', etag]);
  });

  it('sends the new document after an update, whatever its time and size', async () => {
    const file = join(folder, 'web/index.html');
    const packed = new Date('1985-10-26T08:15:00Z');
    await utimes(file, packed, packed);
    const before = (await get(await serve())).headers.etag;
    const text = FILES['web/index.html'] ?? '';
    await writeFile(file, text.replace('dark', 'pale'));
    await utimes(file, packed, packed);
    const after = await get(await serve(), { ...BROWSER, 'if-none-match': String(before) });
    expect(after.status).toBe(200);
    await writeFile(file, text);
  });

  it('answers HEAD without a body', async () => {
    const { status, headers, bytes } = await get(`${url}/catalogue`, BROWSER, 'HEAD');
    expect([status, bytes.length]).toEqual([200, 0]);
    expect(headers['content-length']).toBe(String(FILES['web/index.html']?.length));
  });

  it.each([
    ['/assets/index-gone.js', BROWSER],
    ['/assets/', BROWSER],
    ['/catalogue', { accept: '*/*' }],
    ['/catalogue', { accept: 'application/json' }],
    ['/.secret', { accept: '*/*' }],
    ['/..%2fsecret.txt', { accept: '*/*' }],
    ['/%2e%2e/secret.txt', { accept: '*/*' }],
    ['/assets/..%5c..%5csecret.txt', { accept: '*/*' }],
    ['/%00', { accept: '*/*' }],
    ['/favicon.svg/x', { accept: '*/*' }],
    [`/${'x'.repeat(300)}`, { accept: '*/*' }],
  ])('has nothing at %s for %j', async (path, headers) => {
    const answer = await get(`${url}${path}`, headers);
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.text)).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
  });

  it('refuses an address that cannot be decoded', async () => {
    const answer = await get(`${url}/%E0%A4%A`, { accept: '*/*' });
    expect([400, 404]).toContain(answer.status);
  });

  it('stands in the way of no route of the API, even one that finds nothing', async () => {
    const live = await get(`${url}/health/live`);
    expect(JSON.parse(live.text)).toEqual({ status: 'ok' });
    const image = await get(`${url}/images/99`);
    expect([image.status, JSON.parse(image.text)]).toMatchObject([
      404,
      { errors: [{ message: 'There is no such image.' }] },
    ]);
    expect((await get(`${url}/catalogue`, BROWSER, 'POST')).status).toBe(404);
  });

  it('says how it is built if it has not been', async () => {
    const empty = await serve({}, join(folder, 'nowhere'));
    for (const path of ['/', '/catalogue', '/graphiql', '/docs', '/docs/']) {
      const { status, text, headers } = await get(`${empty}${path}`);
      expect([path, status]).toEqual([path, 503]);
      expect(text).toContain('npm run build');
      expect(headers['cache-control']).toBe('no-store');
    }
  });
});

describe('GraphiQL', () => {
  it('is shown at /graphiql, with the styles that its editor adds', async () => {
    const url = await serve();
    for (const path of ['/graphiql', '/graphiql/']) {
      const { status, text, headers } = await get(`${url}${path}`);
      expect([status, text]).toEqual([200, FILES['ide/index.html']]);
      expect(headers['content-security-policy']).toContain("style-src 'self' 'unsafe-inline'");
      expect(headers['content-security-policy']).not.toContain("'unsafe-eval'");
    }
    expect((await get(`${url}/graphiql/nowhere`)).status).toBe(404);
  });

  it('is where a browser at /graphql is led, but no program', async () => {
    const url = await serve();
    const { status, headers } = await get(`${url}/graphql`);
    expect([status, headers.location]).toEqual([303, '/graphiql']);
    expect((await get(`${url}/graphql`, { accept: '*/*' })).headers.location).toBeUndefined();
    expect((await get(`${url}/graphql?query={a}`)).headers.location).toBeUndefined();
  });

  it('can be switched off, and /graphql then says what it is', async () => {
    const url = await serve({ graphiql: false });
    const note = await get(`${url}/graphql`);
    expect([note.status, note.headers['content-type']]).toEqual([400, 'text/plain; charset=utf-8']);
    expect(note.text).toContain('GRAPHIQL=true');
    expect((await get(`${url}/graphiql`)).status).toBe(404);
  });
});

describe('the documentation', () => {
  it('is shown at /docs/, without endings of files', async () => {
    const url = await serve();
    const { status, headers } = await get(`${url}/docs`);
    expect([status, headers.location]).toEqual([301, '/docs/']);
    const titles = await Promise.all(
      ['/docs/', '/docs/search', '/docs/search.html', '/docs/adr/'].map(
        async (path) => (await get(`${url}${path}`)).text,
      ),
    );
    expect(titles).toEqual([
      FILES['docs/index.html'],
      FILES['docs/search.html'],
      FILES['docs/search.html'],
      FILES['docs/adr/index.html'],
    ]);
  });

  it('has a page of its own for chapters that do not exist', async () => {
    const url = await serve();
    const missing = await get(`${url}/docs/nowhere`);
    expect([missing.status, missing.text]).toEqual([404, FILES['docs/404.html']]);
    const script = await get(`${url}/docs/static/gone.js`, { accept: '*/*' });
    expect(script.headers['content-type']).toContain('json');
  });
});

describe('sites that are switched off', () => {
  it('leave their addresses without an answer', async () => {
    const url = await serve({ page: false, graphiql: false, docs: false });
    for (const path of ['/', '/catalogue', '/graphiql', '/docs/', HASHED]) {
      expect([path, (await get(`${url}${path}`)).status]).toEqual([path, 404]);
    }
  });
});

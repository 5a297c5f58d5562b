/**
 * Measures what pages, groups and batches add to a search. Each ratio compares values of the same run.
 *
 *     npm run build
 *     npm run bench -- questions [--vectors 100000] [--dimension 128] [--queries 100]
 *
 * Pages and groups: the embedded index over clustered random vectors, with the images themselves in memory. Batches:
 * the searches of 100 sample pictures by their bytes, against the pipeline that embeds the same pictures for an index.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { NestFactory } from '@nestjs/core';
import type * as AppModules from '../src/app.module.ts';
import type * as DatasetsApp from '../src/datasets/index.ts';
import type * as EmbeddingsApp from '../src/embeddings/index.ts';
import type * as HitPages from '../src/search/query/hit-page.ts';
import type * as GroupViews from '../src/search/query/group-views.ts';
import type * as LeadersFile from '../src/search/query/leaders.ts';
import type * as NearestFile from '../src/search/query/nearest-images.ts';
import type * as ReadAheadFile from '../src/search/query/read-ahead.ts';
import type * as RankingFile from '../src/search/query/ranking.ts';
import type * as BatchFile from '../src/search/query/search-batch.ts';
import type * as SearchApp from '../src/search/index.ts';
import { lookalike } from './lookalike.ts';
import { built, NAME, openIndex } from './vector-index.ts';
import { entriesOf, makeData, quantile, seconds, table } from './vectors.ts';

const FIRST = 10;
const PAGES = 40;
const PAGE_SIZES = [10, 100];
const SHOWN_PAGES = [1, 2, 10];
/** Begins the names of pages that are summed up in one row. */
const LATER = 'later: ';
const VIEWS = 3;
/** Images of one product. */
const PER_PRODUCT = 5;
const ROUNDS = 7;

const { values } = parseArgs({
  options: {
    vectors: { type: 'string', default: '100000' },
    dimension: { type: 'string', default: '128' },
    queries: { type: 'string', default: '100' },
  },
});
const settings = {
  vectors: Number(values.vectors),
  dimension: Number(values.dimension),
  queries: Number(values.queries),
};

console.log(await benchPagesAndGroups());
console.log(`\n${await benchBatches()}`);

async function benchPagesAndGroups(): Promise<string> {
  const { vectors, dimension, queries } = settings;
  const { NearestImages } = await built<typeof NearestFile>('search/query/nearest-images.js');
  const { Ranking } = await built<typeof RankingFile>('search/query/ranking.js');
  const { ReadAhead } = await built<typeof ReadAheadFile>('search/query/read-ahead.js');
  const { AllLeaders, GroupLeaders } = await built<typeof LeadersFile>('search/query/leaders.js');
  const { readLeaders } = await built<typeof HitPages>('search/query/hit-page.js');
  const { findViews } = await built<typeof GroupViews>('search/query/group-views.js');
  const data = makeData({ dimension, noise: 0.012, seed: 1 }, vectors + queries);
  const product = (id: number) => `product ${id % Math.ceil(vectors / PER_PRODUCT)}`;
  const imageOf = (id: number) =>
    ({ id, datasetId: 1, labels: [], attributes: { product: product(id) } }) as unknown as DatasetsApp.Image;
  const findByIds = async (ids: readonly number[]) => new Map(ids.map((id) => [id, imageOf(id)]));
  const images = { findByIds } as unknown as DatasetsApp.ImagesService;
  const imagesOf = (some: readonly { readonly id: number }[]) => findByIds(some.map(({ id }) => id));

  const folder = mkdtempSync(join(tmpdir(), 'lookalike-bench-'));
  const { index, close } = await openIndex(folder);
  try {
    await index.create({ name: NAME, dimension, model: 'bench' });
    await index.load(NAME, withProducts());
    await index.optimise(NAME);
    const nearest = new NearestImages(index);
    const ahead = new ReadAhead();
    const times = new Map<string, number[]>();
    const note = (what: string, ms: number) => times.set(what, [...(times.get(what) ?? []), ms]);
    const time = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
      const begun = performance.now();
      const result = await work();
      note(what, performance.now() - begun);
      return result;
    };
    /** As clients read them: each page is complete before the next one is asked for. */
    const timePages = async (leaders: LeadersFile.Leaders, size: number) => {
      let fetched = 0;
      for (let page = 1; page <= PAGES; page += 1) {
        const name = `page ${page} of ${size}`;
        const what = SHOWN_PAGES.includes(page) ? name : `${LATER}${name}`;
        const { hasMore } = await time(what, () => readLeaders(leaders, (page - 1) * size, size, imagesOf));
        if (page === 1 || !hasMore) continue;
        const begun = performance.now();
        ahead.start(leaders, (page + 1) * size + 1, () => undefined);
        await ahead.idle();
        fetched += performance.now() - begun;
      }
      note(`in the background, for all pages of ${size}`, fetched);
    };
    for (let at = 0; at < queries; at += 1) {
      const vector = data.vector(vectors + at).slice();
      const begin = () => new Ranking(nearest.among([{ name: NAME, vector }]), []);
      await time('the index alone, 10 hits', () => index.search(NAME, { vector, k: FIRST }));
      await time('page 10 of 10, search not kept', () =>
        readLeaders(new AllLeaders(begin()), 9 * FIRST, FIRST, imagesOf),
      );
      const ranking = begin();
      const groups = new GroupLeaders(ranking, images, 'product');
      const { found } = await time('10 groups', () => readLeaders(groups, 0, FIRST, imagesOf));
      await time(`${VIEWS} further views of each`, () =>
        findViews(
          ranking,
          found.map(({ leader }) => leader),
          { attribute: 'product', count: VIEWS },
          imagesOf,
        ),
      );
      for (const size of PAGE_SIZES) await timePages(new AllLeaders(begin()), size);
    }
    const alone = quantile(times.get('the index alone, 10 hits')!, 0.5);
    const ofLater = (what: string) => what.startsWith(LATER);
    const shown = [...times].filter(([what]) => !ofLater(what));
    for (const size of PAGE_SIZES) {
      const later = [...times].filter(([what]) => ofLater(what) && what.endsWith(` of ${size}`));
      const slowest = later.toSorted(([, a], [, b]) => quantile(b, 0.5) - quantile(a, 0.5))[0]!;
      shown.push([`the slowest of ${later.length} later pages of ${size}`, slowest[1]]);
    }
    const rows = shown.map(([what, some]) => {
      const p50 = quantile(some, 0.5);
      return [what, p50.toFixed(3), quantile(some, 0.99).toFixed(3), (p50 / alone).toFixed(2)];
    });
    return table([[`${vectors} × ${dimension}`, 'p50 ms', 'p99 ms', 'p50 ÷ index alone'], ...rows]);
  } finally {
    await close();
    rmSync(folder, { recursive: true });
  }

  async function* withProducts() {
    for await (const entry of entriesOf(data, vectors)) {
      yield { ...entry, attributes: { product: product(entry.id) } };
    }
  }
}

async function benchBatches(): Promise<string> {
  const samples = fileURLToPath(new URL('../samples/stamps', import.meta.url));
  const pictures = readdirSync(join(samples, 'images'))
    .slice(0, 100)
    .map((name) => readFileSync(join(samples, 'images', name)));
  const dataDir = mkdtempSync(join(tmpdir(), 'lookalike-bench-'));
  lookalike(dataDir, 'import', 'imaterialist', join(samples, 'annotations.json'), '--dataset', 'bench');
  lookalike(dataDir, 'index', 'bench');
  const { AppModule } = await built<typeof AppModules>('app.module.js');
  const { Embedder } = await built<typeof EmbeddingsApp>('embeddings/index.js');
  const { SimilarImagesService } = await built<typeof SearchApp>('search/index.js');
  const { answerSearches } = await built<typeof BatchFile>('search/query/search-batch.js');
  const app = await NestFactory.createApplicationContext(AppModule.forRoot({ LOOKALIKE_DATA_DIR: dataDir }), {
    logger: false,
  });
  try {
    const search = app.get(SimilarImagesService);
    await search.warmUp();
    const embedder = app.get(Embedder);
    const { signal } = new AbortController();
    const pipeline = async () => {
      // Under names of their own, so that none is known already.
      const items = pictures.map((bytes) => ({ sha256: randomUUID(), open: async () => bytes }));
      for await (const embedded of embedder.embedAll(items))
        if ('error' in embedded) throw new Error('A picture failed');
    };
    const batch = async () => {
      await answerSearches(
        pictures,
        { pictures: pictures.length, signal },
        (bytes) => search.similarImages({ by: { open: async () => bytes }, k: FIRST }, signal),
        (error) => {
          throw error;
        },
      );
    };
    await pipeline();
    await batch();
    const times = { pipeline: [] as number[], batch: [] as number[] };
    // In turns, so that other work on the machine affects both alike.
    for (let round = 0; round < ROUNDS; round += 1) {
      times.pipeline.push(await seconds(pipeline));
      times.batch.push(await seconds(batch));
    }
    const [alone, searched] = [quantile(times.pipeline, 0.5), quantile(times.batch, 0.5)];
    return table([
      ['100 pictures', 'median s', 'ratio'],
      ['the pipeline alone', alone.toFixed(2), '1'],
      ['a batch of searches by uploads', searched.toFixed(2), (searched / alone).toFixed(2)],
    ]);
  } finally {
    await app.close();
    rmSync(dataDir, { recursive: true });
  }
}

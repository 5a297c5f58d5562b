/**
 * Measures what a projection gains by learning from labels: P@10 and the recall of altered copies, each with its 95 %
 * bootstrap interval and, as differences, paired; on real photographs, on made vectors with many labels and with
 * several labels an image, and with labels exchanged at random. Then compares the time and memory of both fits.
 *
 *     npm run build
 *     npm run bench -- quality [--clothing FOLDER] [--stamps FOLDER] [--fit 100000] [--no-fit] [--only-fit]
 *
 * FOLDER of clothing has folders `gallery` and `queries` with a sub-folder for each label; that of stamps has
 * `annotations.json` and `images`. Everything is fitted on the gallery alone. Search is exact.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { meanWithInterval, type Interval } from '../src/common/bootstrap.ts';
import type { alteredCopies } from '../src/common/index.ts';
import type * as App from '../src/app.module.ts';
import type * as Embeddings from '../src/embeddings/index.ts';
import type * as Learn from '../src/embeddings/projection/learning/learn-axes.ts';
import type { LabelledVector } from '../src/embeddings/projection/learning/labelled-sample.ts';
import type * as Projections from '../src/embeddings/projection/projection.ts';
import type * as CopiedPictures from '../src/search/indexing/copied-pictures.ts';
import { labelledVectors, withShuffledLabels } from '../test/fixtures/labelled-vectors.ts';
import { built } from './vector-index.ts';
import { table } from './vectors.ts';

const AXES = 128;
const NEAREST = 10;
const FOLDS = 10;
/** At most so many pictures have altered copies that are searched for; none of them takes part in the choice of the strength. */
const COPIED = 700;
const NETWORKS = {
  fast: ['efficientnet-lite0:int8'],
  best: ['efficientnet-lite0:int8', 'efficientnet-lite2:int8'],
} as const;
const LIMITS = { maxPixels: 100_000_000 };

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const { values } = parseArgs({
  options: {
    clothing: { type: 'string', default: here('../../shared/data/clothing') },
    stamps: { type: 'string', default: here('../../shared/data/stamps') },
    fit: { type: 'string', default: '100000' },
    'no-fit': { type: 'boolean', default: false },
    'only-fit': { type: 'boolean', default: false },
  },
});

const { learnAxes } = await built<typeof Learn>('embeddings/projection/learning/learn-axes.js');
const { picturesToCopy } = await built<typeof CopiedPictures>('search/indexing/copied-pictures.js');
const { Projection } = await built<typeof Projections>('embeddings/projection/projection.js');

interface Picture {
  readonly sha256: string;
  readonly labels: readonly string[];
  readonly bytes: Buffer;
}

interface Embedded extends LabelledVector {
  /** Vectors of altered copies; empty if none were made. */
  readonly copies: readonly Float32Array[];
}

interface Result {
  readonly plain: readonly number[];
  readonly learnt: readonly number[];
  readonly copiesPlain: readonly number[];
  readonly copiesLearnt: readonly number[];
  readonly chosen: readonly string[];
}

function picture(file: string, labels: readonly string[]): Picture {
  const bytes = readFileSync(file);
  return { bytes, labels, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function readFolder(folder: string): Picture[] {
  return readdirSync(folder)
    .toSorted()
    .flatMap((label) =>
      readdirSync(join(folder, label))
        .toSorted()
        .map((name) => picture(join(folder, label, name), [label])),
    );
}

function readStamps(folder: string): Picture[] {
  const { images, annotations } = JSON.parse(readFileSync(join(folder, 'annotations.json'), 'utf8')) as {
    images: { image_id: number; url: string[] }[];
    annotations: { image_id: number; label_id: number }[];
  };
  return images.map(({ image_id, url }) =>
    picture(
      join(folder, url[0]!),
      annotations.filter((one) => one.image_id === image_id).map(({ label_id }) => String(label_id)),
    ),
  );
}

/** Unit vectors of pictures, and of their altered copies if these are asked for, under both networks. */
async function embed(
  app: Opened,
  pictures: readonly Picture[],
  { withCopies }: { readonly withCopies: boolean },
): Promise<Map<keyof typeof NETWORKS, Embedded[]>> {
  const both = new Map<keyof typeof NETWORKS, Embedded[]>([
    ['fast', []],
    ['best', []],
  ]);
  for (const [at, { bytes, sha256, labels }] of pictures.entries()) {
    if (at % 100 === 0) console.error(`  embedding picture ${at} of ${pictures.length}`);
    const files: Awaited<ReturnType<Opened['alter']>> = [bytes];
    if (withCopies) {
      files.push(...(await app.alter(bytes, LIMITS)));
    }
    const whole = await Promise.all(files.map((file) => app.embed(file)));
    both.get('best')!.push({ sha256, labels, vector: whole[0]!, copies: whole.slice(1) });
    const [first, ...copies] = whole.map((one) => unit(one.slice(0, app.firstDimension)));
    both.get('fast')!.push({ sha256, labels, vector: first!, copies });
  }
  return both;
}

interface Opened {
  readonly alter: typeof alteredCopies;
  readonly embed: Embeddings.Embedder['embed'];
  readonly firstDimension: number;
  readonly close: () => Promise<void>;
}

async function openNetworks(): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'lookalike-bench-'));
  const { NestFactory } = await import('@nestjs/core');
  const { AppModule } = await built<typeof App>('app.module.js');
  const { Embedder, EmbeddingModels } = await built<typeof Embeddings>('embeddings/index.js');
  const common = await built<{ alteredCopies: typeof alteredCopies }>('common/index.js');
  const settings = { ...process.env, LOOKALIKE_DATA_DIR: folder };
  const context = await NestFactory.createApplicationContext(AppModule.forRoot(settings), {
    logger: ['error'],
  });
  const models = context.get(EmbeddingModels);
  const model = await models.resolveModel(models.checkSpec(NETWORKS.best.join('+')));
  const embedder = context.get(Embedder);
  return {
    alter: common.alteredCopies,
    embed: (picture) => embedder.embed(picture, { model }),
    firstDimension: model.identity.networks[0]!.dimension,
    close: async () => {
      await context.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Fits on the gallery and searches with the queries, and with altered copies of pictures that the choice has not used. */
async function compare(gallery: readonly Embedded[], queries: readonly LabelledVector[]): Promise<Result> {
  const dimension = gallery[0]!.vector.length;
  const bySha = new Map(gallery.map((one) => [one.sha256, one]));
  const copiesOf = (sha256s: readonly string[]) =>
    sha256s
      .slice(0, picturesToCopy(sha256s.length))
      .flatMap((sha256) => bySha.get(sha256)!.copies.map((vector) => ({ sha256, vector })));
  const count = Math.min(AXES, dimension - 1);
  const fit = (labelled: readonly LabelledVector[]) =>
    learnAxes(() => labelled, { dimension, count, copiesOf });
  const learnt = await fit(gallery);
  const plain = await fit(gallery.map((one) => ({ ...one, labels: [] })));
  const searched = gallery
    .toSorted((a, b) => (a.sha256 < b.sha256 ? -1 : 1))
    .slice(picturesToCopy(gallery.length))
    .slice(-COPIED);
  const [before, after] = [plain, learnt].map((fitted) => {
    const projection = new Projection(fitted, 1, new Date(0));
    const vectors = gallery.map(({ vector }) => projection.apply(vector));
    return {
      precisions: queries.map((query) =>
        precision(gallery, vectors, projection.apply(query.vector), query.labels),
      ),
      copies: searched.flatMap(({ sha256, copies }) =>
        copies.map((copy) => {
          const [first] = nearest(vectors, projection.apply(copy), 1);
          return gallery[first!]!.sha256 === sha256 ? 1 : 0;
        }),
      ),
    };
  }) as [{ precisions: number[]; copies: number[] }, { precisions: number[]; copies: number[] }];
  const { stretch, reason } = learnt.stats.learning;
  return {
    plain: before.precisions,
    learnt: after.precisions,
    copiesPlain: before.copies,
    copiesLearnt: after.copies,
    chosen: [stretch === null ? `plain (${reason})` : `stretch ${stretch}`],
  };
}

async function inFolds(all: readonly Embedded[]): Promise<Result> {
  const order = all.toSorted((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
  const results: Result[] = [];
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const isOut = (_: unknown, at: number) => at % FOLDS === fold;
    results.push(
      await compare(
        order.filter((one, at) => !isOut(one, at)),
        order.filter(isOut),
      ),
    );
  }
  return {
    plain: results.flatMap(({ plain }) => plain),
    learnt: results.flatMap(({ learnt }) => learnt),
    copiesPlain: results.flatMap(({ copiesPlain }) => copiesPlain),
    copiesLearnt: results.flatMap(({ copiesLearnt }) => copiesLearnt),
    chosen: [...new Set(results.flatMap(({ chosen }) => chosen))],
  };
}

function precision(
  gallery: readonly LabelledVector[],
  vectors: readonly Float32Array[],
  query: Float32Array,
  labels: readonly string[],
): number {
  const hits = nearest(vectors, query, NEAREST).map((at) => gallery[at]!);
  return hits.filter((hit) => hit.labels.some((label) => labels.includes(label))).length / NEAREST;
}

function nearest(vectors: readonly Float32Array[], query: Float32Array, count: number): number[] {
  const scores = vectors.map((vector) => {
    let sum = 0;
    for (let at = 0; at < vector.length; at += 1) sum += vector[at]! * query[at]!;
    return sum;
  });
  return scores
    .map((_, at) => at)
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, count);
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

const rows: string[][] = [];
function report(name: string, { plain, learnt, copiesPlain, copiesLearnt, chosen }: Result): void {
  const shown = ({ value, low, high }: Interval) =>
    `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  const difference = (after: readonly number[], before: readonly number[]) =>
    after.length === 0 ? '' : shown(meanWithInterval(after.map((value, at) => value - before[at]!)));
  const share = (found: readonly number[]) =>
    found.length === 0 ? '' : meanWithInterval(found).value.toFixed(3);
  rows.push([
    name,
    chosen.join(', '),
    shown(meanWithInterval(plain)),
    shown(meanWithInterval(learnt)),
    difference(learnt, plain),
    share(copiesPlain),
    share(copiesLearnt),
    difference(copiesLearnt, copiesPlain),
  ]);
  console.error(rows.at(-1)!.join(' | '));
}

/** Made vectors stand in for their own altered copies. */
const madeData = (options: Parameters<typeof labelledVectors>[0], queries: number) => {
  const all = labelledVectors({ ...options, count: options.count + queries });
  const gallery = all.slice(0, options.count).map((one) => ({ ...one, copies: [one.vector] }));
  return [gallery, all.slice(options.count)] as const;
};

async function measureQuality(): Promise<void> {
  const app = await openNetworks();
  try {
    const gallery = await embed(app, readFolder(join(values.clothing, 'gallery')), { withCopies: true });
    const queries = await embed(app, readFolder(join(values.clothing, 'queries')), { withCopies: false });
    const stamps = await embed(app, readStamps(values.stamps), { withCopies: true });
    for (const model of ['fast', 'best'] as const) {
      report(`clothing, ${model}`, await compare(gallery.get(model)!, queries.get(model)!));
    }
    for (const model of ['fast', 'best'] as const)
      report(`stamps in ten folds, ${model}`, await inFolds(stamps.get(model)!));
    for (const seed of [1, 2, 3]) {
      const shuffled = withShuffledLabels(gallery.get('fast')!, seed);
      const copies = gallery.get('fast')!.map(({ copies: own }) => own);
      const labelled = shuffled.map((one, at) => ({ ...one, copies: copies[at]! }));
      report(`clothing, labels shuffled (${seed}), fast`, await compare(labelled, queries.get('fast')!));
    }
  } finally {
    await app.close();
  }
  report(
    'made, 300 labels',
    await compare(...madeData({ count: 6_000, dimension: 160, kinds: [300], between: 0.8 }, 500)),
  );
  report(
    'made, three labels an image',
    await compare(...madeData({ count: 4_000, dimension: 160, kinds: [60, 40, 80], between: 0.4 }, 500)),
  );
  console.log(
    table([
      [
        'data',
        'chosen',
        `P@${NEAREST} plain`,
        `P@${NEAREST} label-aware`,
        'difference',
        'copies found',
        'label-aware',
        'difference',
      ],
      ...rows,
    ]),
  );
}

/** Projects with axes of the same size before and after learning, in turn. */
async function measureApplying(): Promise<void> {
  const all = labelledVectors({ count: 400, dimension: 1_280, kinds: [6], between: 0.4 });
  const copiesOf = (sha256s: readonly string[]) =>
    sha256s
      .slice(0, 50)
      .map((sha256) => ({ sha256, vector: all.find((one) => one.sha256 === sha256)!.vector }));
  const fits = [all.map((one) => ({ ...one, labels: [] })), all].map((labelled) =>
    learnAxes(() => labelled, { dimension: 1_280, count: AXES, copiesOf }),
  );
  const projections = (await Promise.all(fits)).map((fitted) => new Projection(fitted, 1, new Date(0)));
  const times: number[][] = projections.map(() => []);
  for (let round = 0; round < 5; round += 1) {
    for (const [at, projection] of projections.entries()) {
      for (const { vector } of all) {
        const begun = performance.now();
        projection.apply(vector);
        times[at]!.push(performance.now() - begun);
      }
    }
  }
  const [plain, learnt] = times.map((some) => some.sort((a, b) => a - b)[some.length >> 1]!.toFixed(4));
  console.log(
    `\nTo project a vector of 1,280 numbers to ${AXES}: plain ${plain} ms, label-aware ${learnt} ms (medians).`,
  );
}

function measureFits(): void {
  const fits = ['plain', 'labels'].map((kind) => {
    const file = here('quality-fit.ts');
    const { stdout, status } = spawnSync(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', file, values.fit, '2560', kind],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        encoding: 'utf8',
      },
    );
    if (status !== 0) throw new Error(`The fit ended with status ${status}`);
    return JSON.parse(stdout) as { seconds: number; cpuSeconds: number; megabytes: number };
  });
  const [plain, learnt] = fits as [(typeof fits)[number], (typeof fits)[number]];
  const shown = (fit: typeof plain) => [
    fit.seconds.toFixed(1),
    fit.cpuSeconds.toFixed(1),
    fit.megabytes.toFixed(0),
  ];
  const head = [`fit of ${values.fit} × 2,560`, 'seconds', 'seconds of all cores', 'memory MB'];
  console.log(`\n${table([head, ['plain', ...shown(plain)], ['label-aware', ...shown(learnt)]])}`);
  const ratio = (name: 'seconds' | 'cpuSeconds') => (learnt[name] / plain[name]).toFixed(2);
  console.log(
    `ratio of times: ${ratio('seconds')} (of all cores: ${ratio('cpuSeconds')}); to reach: 1.5 and 600 MB`,
  );
}

if (!values['only-fit']) {
  await measureQuality();
  await measureApplying();
}
if (!values['no-fit']) measureFits();

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetOf, type ParquetOptions } from '../../fixtures/parquet.ts';
import { tarOf } from '../../fixtures/tar.ts';
import { pictureAt, type RightAnswer, type WildCase } from '../wild-case.ts';

type Columns = Readonly<Record<string, readonly unknown[]>>;
const jpeg = (seed: number) => pictureAt('a.jpg', seed);

/** Files of pictures, made when their folder is. */
function made(
  name: string,
  from: string,
  files: (pictureServer: string) => Promise<Readonly<Record<string, Buffer>>>,
  answer: RightAnswer,
  rest: Partial<WildCase> = {},
): WildCase {
  const prepare = async (folder: string, pictureServer: string) => {
    await mkdir(join(folder, 'data'), { recursive: true });
    for (const [path, content] of Object.entries(await files(pictureServer)))
      await writeFile(join(folder, path), content);
  };
  return { name, from, answer, prepare, ...rest };
}

function parquet(
  name: string,
  columns: (pictureServer: string) => Promise<Columns>,
  answer: RightAnswer,
  options: ParquetOptions = {},
): WildCase {
  const files = async (server: string) => ({ 'set.parquet': parquetOf(await columns(server), options) });
  return made(name, 'set.parquet', files, answer);
}

const HATS = { classes: { label: ['hat', 'shoe'] } };
const ROW_GROUP = { rowGroupSize: 2 };

const PARQUET: readonly WildCase[] = [
  parquet(
    'parquet-of-hugging-face',
    async () => ({
      image: [
        { bytes: await jpeg(1), path: 'a.jpg' },
        { bytes: await jpeg(2), path: null },
        { bytes: await jpeg(3), path: 'c.jpg' },
      ],
      label: [0, 1, 0],
    }),
    { images: { 'set.parquet#0': ['hat'], 'set.parquet#1': ['shoe'], 'set.parquet#2': ['hat'] } },
    { ...HATS, ...ROW_GROUP },
  ),
  parquet(
    'parquet-with-ids',
    async () => ({ id: [7, 8], image: [await jpeg(1), await jpeg(2)], label: ['hat', 'shoe'] }),
    { images: { 7: ['hat'], 8: ['shoe'] } },
    { codec: 'UNCOMPRESSED' },
  ),
  parquet(
    'parquet-of-urls',
    async (server) => ({ id: [1], image_url: [`${server}/pictures/1.jpg`], label: ['hat'] }),
    {
      images: { 1: ['hat'] },
    },
  ),
  parquet(
    'parquet-without-a-picture',
    async () => ({
      id: ['a', 'b', ''],
      image: [
        { bytes: await jpeg(1), path: 'a.jpg' },
        { bytes: null, path: null },
        { bytes: await jpeg(2), path: null },
      ],
    }),
    {
      images: { a: [] },
      failures: [
        ['b', 'CONTAINED_PICTURE_MISSING', 'set.parquet/row-1'],
        ['row 3', 'ROW_UNREADABLE', 'Row 3: an id must have 1 to 1,000 characters'],
      ],
    },
  ),
  made(
    'parquet-folder',
    'data',
    async () => ({
      'data/train-00000-of-00002.parquet': parquetOf(
        { image: [{ bytes: await jpeg(1), path: '' }], label: [0] },
        HATS,
      ),
      'data/train-00001-of-00002.parquet': parquetOf(
        { image: [{ bytes: await jpeg(2), path: '' }], label: [1] },
        HATS,
      ),
    }),
    { images: { 'train-00000-of-00002.parquet#0': ['hat'], 'train-00001-of-00002.parquet#0': ['shoe'] } },
  ),
  made(
    'parquet-cut',
    'set.parquet',
    async () => ({ 'set.parquet': parquetOf({ id: [1], url: ['a.jpg'] }).subarray(0, 60) }),
    {
      images: {},
      error: 'ANNOTATIONS_INVALID',
      problem: 'the Parquet file is damaged',
    },
  ),
];

const SAMPLES = async (first: number) => ({
  [`000${first}.jpg`]: await jpeg(first),
  [`000${first}.cls`]: '3',
  [`000${first}.txt`]: 'a hat',
  [`000${first + 1}.json`]: JSON.stringify({ label: ['hat', 'red'], price: 5 }),
  [`000${first + 1}.png`]: await pictureAt('a.png', first + 1),
});

const WEBDATASET: readonly WildCase[] = [
  made('tar', 'set.tar', async () => ({ 'set.tar': await tarOf(await SAMPLES(1)) }), {
    images: { '0001': ['3'], '0002': ['hat', 'red'] },
  }),
  made('tar-gzip', 'set.tar.gz', async () => ({ 'set.tar.gz': gzipSync(await tarOf(await SAMPLES(1))) }), {
    images: { '0001': ['3'], '0002': ['hat', 'red'] },
  }),
  made(
    'tar-pattern',
    'data/shard-{00..01}.tar',
    async () => ({
      'data/shard-00.tar': await tarOf(await SAMPLES(1)),
      'data/shard-01.tar': await tarOf(await SAMPLES(1)),
    }),
    {
      images: {
        'shard-00/0001': ['3'],
        'shard-00/0002': ['hat', 'red'],
        'shard-01/0001': ['3'],
        'shard-01/0002': ['hat', 'red'],
      },
    },
  ),
  made(
    'tar-pattern-with-a-gap',
    'data/shard-{00..02}.tar',
    async () => ({ 'data/shard-00.tar': await tarOf(await SAMPLES(1)) }),
    {
      images: {},
      error: 'SOURCE_NOT_FOUND',
      problem: 'shard-01.tar',
    },
  ),
  made(
    'tar-bad-samples',
    'set.tar',
    async () => ({
      'set.tar': await tarOf({
        'a.jpg': await jpeg(1),
        'b.txt': 'no picture',
        'c.jpg': await jpeg(2),
        'c.json': '{"label":',
        '._d.jpg': 'x',
        'e/e.jpg': await jpeg(3),
      }),
    }),
    {
      images: { a: [], 'e/e': [] },
      failures: [
        ['sample b', 'ROW_UNREADABLE', 'Sample b: it has no picture'],
        ['sample c', 'ROW_UNREADABLE', 'its .json is not valid JSON'],
      ],
    },
  ),
  made(
    'tar-cut',
    'set.tar',
    async () => {
      const tar = await tarOf({ 'a.jpg': await jpeg(1), 'b.jpg': Buffer.alloc(20_000) });
      return { 'set.tar': tar.subarray(0, tar.length - 12_000) };
    },
    {
      images: { a: [] },
      failures: [
        ['b', 'CONTAINED_PICTURE_MISSING', 'set.tar/b.jpg'],
        ['archive set.tar', 'ROW_UNREADABLE', 'it is damaged'],
      ],
    },
  ),
];

export const CONTAINERS = [...PARQUET, ...WEBDATASET];

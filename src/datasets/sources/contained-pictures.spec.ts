import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { datasetSourceContract, readAll } from '../../../test/contracts/dataset-source.contract.ts';
import { parquetOf } from '../../../test/fixtures/parquet.ts';
import { tarOf } from '../../../test/fixtures/tar.ts';
import { FilesystemImageFetcher } from '../files/filesystem.image-fetcher.ts';
import { AnnotationsSource } from './annotations.source.ts';
import type { FileLocation } from './dataset-source.port.ts';

const { signal } = new AbortController();
const IDS = ['a', 'b', 'c', 'd', 'e'];
const LABELS = ['hat', 'shoe', 'hat', 'shoe', 'shoe'];
const bytesOf = (id: string) => Buffer.from(`the picture ${id}`);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-contained-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function fileOf(name: string, content: Buffer): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, content);
  return file;
}

function sourceOf(
  annotationsPath: string,
  rest: Partial<ConstructorParameters<typeof AnnotationsSource>[0]> = {},
) {
  return new AnnotationsSource({
    annotationsPath,
    imagesRoot: null,
    temporaryFolder: join(folder, 'copies'),
    ...rest,
  });
}

const parquet = () =>
  parquetOf(
    {
      id: IDS,
      image: IDS.map((id) => ({ bytes: bytesOf(id), path: null })),
      label: LABELS,
      price: [1, 2, 3, 4, 5],
    },
    { rowGroupSize: 2 },
  );
const tar = () =>
  tarOf(
    Object.assign(
      {},
      ...IDS.map((id, at) => ({ [`${id}.jpg`]: bytesOf(id), [`${id}.cls`]: LABELS[at] ?? '' })),
    ) as Record<string, string | Buffer>,
  );

describe.each<[string, () => Promise<Buffer>]>([
  ['parquet', async () => parquet()],
  ['tar', tar],
])('pictures in %s', (kind, content) => {
  datasetSourceContract(async () => {
    const file = await fileOf(`set.${kind}`, await content());
    return {
      source: sourceOf(file),
      reopen: () => sourceOf(file),
      externalIds: IDS,
      label: 'hat',
      labelled: ['a', 'c'],
    };
  });

  it('are read from the file, whichever is asked for', async () => {
    const file = await fileOf(`read.${kind}`, await content());
    const fetcher = new FilesystemImageFetcher(1_000);
    const images = await readAll(sourceOf(file));
    for (const { externalId, locations } of [...images].reverse()) {
      expect(await fetcher.fetch(locations[0] as FileLocation, signal)).toEqual(bytesOf(externalId));
    }
    const all = images.map(({ locations }) => fetcher.fetch(locations[0] as FileLocation, signal));
    expect(await Promise.all(all)).toEqual(IDS.map(bytesOf));
  });

  it('have the version of the file, and are those of the file as it is', async () => {
    const file = await fileOf(`version.${kind}`, await content());
    const fetcher = new FilesystemImageFetcher(1_000);
    const [image] = await readAll(sourceOf(file));
    const location = image?.locations[0] as FileLocation;
    const before = await fetcher.version(location);
    expect(before).toMatch(/^\d+-/);
    await utimes(file, 1, 1);
    expect(await fetcher.version(location)).not.toBe(before);
    await rm(file);
    expect(await fetcher.version(location)).toBeUndefined();
    await expect(fetcher.fetch(location, signal)).rejects.toMatchObject({
      code: 'CONTAINED_PICTURE_MISSING',
    });
  });

  it('are refused beyond the limit', async () => {
    const [image] = await readAll(sourceOf(await fileOf(`large.${kind}`, await content())));
    const fetching = new FilesystemImageFetcher(5).fetch(image?.locations[0] as FileLocation, signal);
    await expect(fetching).rejects.toMatchObject({ code: 'FILE_TOO_LARGE', details: { limit: 5 } });
  });
});

describe('columns of Parquet', () => {
  it('become attributes, and can be named', async () => {
    const source = sourceOf(await fileOf('columns.parquet', parquet()), {
      columns: { id: ['price'], label: ['id'] },
      attributes: [{ name: 'cost', column: 'price' }],
    });
    expect(await readAll(source)).toMatchObject([
      { externalId: '1', labels: ['a'], values: new Map([['cost', 1]]) },
      ...[{}, {}, {}, {}],
    ]);
    expect(await source.columns(signal)).toEqual(['id', 'image', 'label', 'price']);
    expect(await source.format(signal)).toBe('PARQUET');
  });

  it.each([
    ['is missing', { columns: { label: ['colour'] } }, 'there is no column "colour"'],
    [
      'is wanted as an attribute and is missing',
      { attributes: [{ name: 'a', column: 'colour' }] },
      '"colour"',
    ],
  ])('are refused if one %s', async (_what, options, problem) => {
    const source = sourceOf(await fileOf('missing.parquet', parquet()), options);
    const message = expect.stringContaining(problem);
    await expect(source.count({}, signal)).rejects.toMatchObject({ code: 'ANNOTATIONS_INVALID', message });
  });
});

describe('samples of a tar archive', () => {
  it('have the keys of their JSON as columns, and their text', async () => {
    const archive = await tarOf({ 'a.jpg': 'x', 'a.txt': 'a hat', 'a.json': '{"price": 5, "sku": "s1"}' });
    const source = sourceOf(await fileOf('values.tar', archive), {
      columns: { id: ['sku'] },
      attributes: [
        { name: 'price', column: 'price' },
        { name: 'caption', column: 'txt' },
      ],
    });
    expect(await readAll(source)).toMatchObject([
      {
        externalId: 's1',
        values: new Map<string, unknown>([
          ['price', 5],
          ['caption', 'a hat'],
        ]),
      },
    ]);
    expect(await source.format(signal)).toBe('WEBDATASET');
  });

  it('that are too large beside their picture are faults', async () => {
    const archive = await tarOf({ 'a.jpg': 'x', 'a.json': `{"x":"${'y'.repeat(1_100_000)}"}`, 'b.jpg': 'x' });
    const source = sourceOf(await fileOf('json.tar', archive));
    expect(await readAll(source)).toMatchObject([{ externalId: 'b' }]);
    expect(await source.faults(signal)).toMatchObject({ count: 1, first: [{ item: 'sample a' }] });
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/index.ts';
import { Downloader, DownloadsConfig } from '../../src/downloads/index.ts';
import { modelRegistry } from '../fixtures/model-registry.ts';
import { writePaintedPictures } from '../fixtures/painted-pictures.ts';
import { TWO_TOWERS, writeTwoTowers } from '../fixtures/two-towers.ts';
import { Service } from './service.ts';

const HITS = `
  query ($by: SimilarImagesBy!, $datasets: [ID!], $region: RegionInput, $first: Int = 3, $after: String) {
    similarImages(by: $by, datasets: $datasets, region: $region, first: $first, after: $after) {
      nodes { score image { fileName } }
      pageInfo { hasNextPage endCursor }
      model { spec text }
    }
  }`;
const BATCH = `
  query ($searches: [SimilarImagesInput!]!) {
    similarImagesBatch(searches: $searches) {
      ... on SimilarImages { nodes { image { fileName } } }
      ... on SearchRejection { code message }
    }
  }`;

interface Hits {
  similarImages: {
    nodes: { score: number; image: { fileName: string } }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
    model: { spec: string; text: boolean };
  };
}

describe('searching with text', () => {
  let home: string;
  let service: Service;

  const search = async (variables: Record<string, unknown>) =>
    (await service.query<Hits>(HITS, variables)).similarImages;
  const names = ({ nodes }: Hits['similarImages']) => nodes.map(({ image }) => image.fileName);
  const refusal = async (variables: Record<string, unknown>) => {
    const { errors } = await service.graphql(HITS, variables);
    return [errors?.[0]?.extensions.code, errors?.[0]?.message];
  };
  const index = async (dataset: string, model: string) => {
    const { buildIndex } = await service.query<{ buildIndex: { id: string } }>(
      'mutation ($input: BuildIndexInput!) { buildIndex(input: $input) { id } }',
      { input: { dataset, model } },
    );
    expect(await service.job(buildIndex.id)).toMatchObject({ state: 'SUCCEEDED' });
  };

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'lookalike-'));
    const pictures = await writePaintedPictures(home);
    const { vision, text, tokenizer } = await writeTwoTowers(home);
    const models = join(home, 'models');
    const downloader = new Downloader(
      loadConfig([DownloadsConfig], {}).get(DownloadsConfig) as DownloadsConfig,
    );
    const registry = modelRegistry(models, downloader);
    await registry.register(await registry.propose(vision, { ...TWO_TOWERS, text, tokenizer }));
    await registry.register(await registry.propose(vision, { ...TWO_TOWERS, id: 'wordless' }));
    await downloader.close();

    const plan = { EMBEDDING_SESSIONS: '1', EMBEDDING_THREADS: '1', EMBEDDING_BATCH: '1' };
    service = await Service.start({ MODELS_DIR: models, IMPORT_ROOTS: home, ...plan });
    for (const [dataset, model] of [
      ['paint', 'colours'],
      ['short', 'colours@2'],
      ['mute', 'wordless'],
      ['both', 'colours+wordless'],
    ] as const) {
      const { importDataset } = await service.query<{ importDataset: { id: string } }>(
        'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id } }',
        { input: { dataset, directoryPath: pictures } },
      );
      await service.job(importDataset.id);
      await index(dataset, model);
    }
  }, 180_000);
  afterAll(async () => {
    await service.stopAndForget();
    await rm(home, { recursive: true });
  });

  it('finds what the words describe', async () => {
    const found = await search({ by: { text: 'a Red coat' }, datasets: ['paint'], first: 2 });
    expect(names(found).sort()).toEqual(['dark-red.png', 'red.png']);
    expect(found.model).toEqual({ spec: 'colours', text: true });
    expect(names(await search({ by: { text: 'blue' }, datasets: ['paint'], first: 1 }))).toEqual([
      'blue.png',
    ]);
    expect(names(await search({ by: { text: 'yellow' }, datasets: ['paint'], first: 1 }))).toEqual([
      'yellow.png',
    ]);
  });

  it('takes the text through the projection of a shortened index', async () => {
    const found = await search({ by: { text: 'green' }, datasets: ['short'], first: 2 });
    expect(names(found).sort()).toEqual(['dark-green.png', 'green.png']);
    expect(found.model.spec).toBe('colours@2');
  });

  it('continues on the next page', async () => {
    const by = { text: 'red' };
    const all = await search({ by, datasets: ['paint'], first: 6 });
    const first = await search({ by, datasets: ['paint'], first: 2 });
    const next = await search({ by, datasets: ['paint'], first: 4, after: first.pageInfo.endCursor });
    expect([...names(first), ...names(next)]).toEqual(names(all));
    const other = await refusal({
      by: { text: 'blue' },
      datasets: ['paint'],
      after: first.pageInfo.endCursor,
    });
    expect(other[0]).toBe('CURSOR_INVALID');
  });

  it('combines words with pictures', async () => {
    const image = { dataset: 'paint', externalId: 'yellow/yellow.png' };
    expect(names(await search({ by: { image }, datasets: ['paint'], first: 1 }))).toEqual(['red.png']);
    const both = { examples: [{ image }, { text: 'green' }] };
    expect(names(await search({ by: both, datasets: ['paint'], first: 1 }))).toEqual(['green.png']);
    expect(names(await search({ by: { text: 'red' }, datasets: ['paint'], first: 1 }))).toEqual(['red.png']);
    const less = { examples: [{ text: 'red' }, { image, weight: -0.9 }] };
    expect(names(await search({ by: less, datasets: ['paint'], first: 1 }))).toEqual(['dark-red.png']);
    const twice = { examples: [{ text: 'red', url: 'https://example.org/a.jpg' }] };
    expect((await refusal({ by: twice, datasets: ['paint'] }))[0]).toBe('EXAMPLES_INVALID');
  });

  it('is one of a batch, where each search has its own answer', async () => {
    const { similarImagesBatch } = await service.query<{
      similarImagesBatch: { nodes?: { image: { fileName: string } }[]; code?: string }[];
    }>(BATCH, {
      searches: [
        { by: { text: 'blue' }, datasets: ['paint'], first: 1 },
        { by: { text: 'blue' }, datasets: ['mute'] },
        { by: { text: ' ' }, datasets: ['paint'] },
      ],
    });
    expect(similarImagesBatch).toMatchObject([
      { nodes: [{ image: { fileName: 'blue.png' } }] },
      { code: 'MODEL_HAS_NO_TEXT' },
      { code: 'TEXT_INVALID' },
    ]);
  });

  it('gives the vector of a text', async () => {
    const { embedding } = await service.query<{ embedding: { vector: number[] } }>(
      '{ embedding(by: { text: "red" }, dataset: "paint") { vector } }',
    );
    expect(embedding.vector[0]).toBeGreaterThan(0.5);
    expect(Math.hypot(...embedding.vector)).toBeCloseTo(1, 5);
  });

  it('is refused where a network of the model has no text tower', async () => {
    expect(await refusal({ by: { text: 'red' }, datasets: ['mute'] })).toEqual([
      'MODEL_HAS_NO_TEXT',
      expect.stringContaining('wordless has no text tower') as unknown,
    ]);
    expect((await refusal({ by: { text: 'red' }, datasets: ['both'] }))[0]).toBe('MODEL_HAS_NO_TEXT');
    const { embeddingModels } = await service.query<{ embeddingModels: { spec: string; text: boolean }[] }>(
      '{ embeddingModels { spec text } }',
    );
    expect(embeddingModels.filter(({ text }) => text).map(({ spec }) => spec)).toEqual(['colours']);
  });

  it('refuses texts that are empty or too long, and regions', async () => {
    const of = (text: string, more = {}) => refusal({ by: { text }, datasets: ['paint'], ...more });
    expect((await of('\n'))[0]).toBe('TEXT_INVALID');
    expect(await of('a'.repeat(1_001))).toEqual([
      'TEXT_INVALID',
      'The text cannot be used: it has 1001 characters; at most 1000 are allowed.',
    ]);
    const region = { x: 0, y: 0, width: 0.5, height: 0.5 };
    expect((await of('red', { region }))[0]).toBe('TEXT_INVALID');
    expect(
      names(await search({ by: { text: 'red '.repeat(200) }, datasets: ['paint'], first: 2 })).sort(),
    ).toEqual(['dark-red.png', 'red.png']);
  });
});

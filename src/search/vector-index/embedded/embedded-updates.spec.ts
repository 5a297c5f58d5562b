import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { clusteredVectors, seededRandom } from '../../../../test/contracts/vectors.ts';
import { Database, migrate } from '../../../database/index.ts';
import { AttributeType, withLabels, type Attributes, type Filter } from '../../../filters/index.ts';
import { searchMigrations } from '../../migrations/index.ts';
import type { EntryFacts, VectorEntry } from '../vector-index.port.ts';
import { EmbeddedVectorIndex } from './embedded.vector-index.ts';
import { VectorReader } from './entries/vector-reader.ts';

const NAME = 'clothing';
const DIMENSION = 16;
const COUNT = 700;

describe('updates of facts in the embedded index', () => {
  const vectors = clusteredVectors(COUNT, DIMENSION, 1, seededRandom(1));
  const [query] = clusteredVectors(1, DIMENSION, 1, seededRandom(2)) as [Float32Array];
  let folder: string;
  let closers: (() => Promise<void>)[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    closers = [];
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    for (const close of closers) await close();
    await rm(folder, { recursive: true });
  });

  /** Opens the index as another process on the same data would. */
  async function open() {
    const database = Database.open(folder);
    await migrate(database, searchMigrations);
    const index = new EmbeddedVectorIndex(database, join(folder, 'indexes'), undefined, {
      graphFrom: 500,
      background: false,
    });
    await index.open();
    closers.push(async () => {
      await index.close();
      await database.close();
    });
    return { index, database };
  }

  async function filled() {
    const opened = await open();
    await opened.index.create({ name: NAME, dimension: DIMENSION, model: 'a-model' });
    const entries: VectorEntry[] = vectors.map((vector, at) => ({ ...facts(at + 1, { price: at }), vector }));
    await opened.index.upsert(NAME, entries);
    await opened.index.optimise(NAME);
    return opened;
  }

  const facts = (id: number, attributes: Attributes, labels: string[] = []): EntryFacts => ({
    id,
    labels,
    attributes,
    externalId: `image-${id}`,
  });
  const priced = (price: number): Filter => ({
    kind: 'attribute',
    name: 'price',
    type: AttributeType.NUMBER,
    test: { op: 'in', values: [price] },
  });
  const found = async (index: EmbeddedVectorIndex, filter: Filter, k = 10) =>
    (await index.search(NAME, { vector: query, k, filter })).matches
      .map(({ id }) => id)
      .sort((a, b) => a - b);

  it('keep the graph, and are there after a restart', async () => {
    const { index } = await filled();
    const files = await readdir(join(folder, 'indexes'));
    await index.update(
      NAME,
      vectors.map((_, at) => facts(at + 1, { price: at + 10_000 }, ['updated'])),
    );
    await index.optimise(NAME);
    expect(await readdir(join(folder, 'indexes'))).toEqual(files);
    const { index: restarted } = await open();
    for (const one of [index, restarted]) {
      expect(await found(one, priced(10_007))).toEqual([8]);
      expect(await found(one, priced(7))).toEqual([]);
      expect(await found(one, withLabels(['updated']), 1_000)).toHaveLength(COUNT);
      expect((await one.search(NAME, { vector: query, k: 5 })).exact).toBe(false);
    }
  });

  it('reach another process, which reads no vectors for them', async () => {
    const { index } = await filled();
    const { index: other } = await open();
    expect(await found(other, priced(3))).toEqual([4]);
    const reading = jest.spyOn(VectorReader.prototype, 'vectors');
    await index.update(NAME, [facts(20, { price: 3 }), facts(30, { price: 3 })]);
    await other.update(NAME, [facts(4, { price: 5 })]);
    await index.update(NAME, [facts(30, { price: 4 })]);
    expect(reading).not.toHaveBeenCalled();
    for (const one of [index, other]) {
      expect(await found(one, priced(3))).toEqual([20]);
      expect(await found(one, priced(4))).toEqual([5, 30]);
      expect(await found(one, priced(5))).toEqual([4, 6]);
    }
  });

  it('reach another process in spite of deletions, replacements and builds in between', async () => {
    const { index } = await filled();
    const { index: other } = await open();
    await index.update(NAME, [facts(1, { price: -1 }), facts(2, { price: -1 }), facts(3, { price: -1 })]);
    await index.delete(NAME, [2]);
    await index.upsert(NAME, [{ ...facts(3, { price: -2 }), vector: vectors[0]! }]);
    await index.update(NAME, [facts(2, { price: -1 }), facts(701, { price: -1 })]);
    await index.optimise(NAME);
    await index.upsert(NAME, [{ ...facts(701, { price: -3 }), vector: vectors[0]! }]);
    await index.update(NAME, [facts(701, { price: -1 })]);
    for (const one of [index, other]) {
      expect(await found(one, priced(-1))).toEqual([1, 701]);
      expect(await found(one, priced(-2))).toEqual([3]);
      expect(await found(one, priced(-3))).toEqual([]);
    }
  });

  it('write rows only if something differs', async () => {
    const { index, database } = await filled();
    const updated = async () => {
      const rows = await database
        .tables<{ vector_entries: { updated: number | null; image_id: number } }>()
        .selectFrom('vector_entries')
        .select('image_id')
        .where('updated', 'is not', null)
        .execute();
      return rows.map((row) => row.image_id);
    };
    await index.update(NAME, [
      facts(1, { price: 0 }),
      facts(2, { price: 9 }),
      facts(3, { price: 2 }, ['hat']),
    ]);
    expect(await updated()).toEqual([2, 3]);
  });

  it('are made completely or not at all', async () => {
    const { index } = await filled();
    const cyclic: Record<string, unknown> = {};
    cyclic.price = [cyclic];
    const many = vectors.map((_, at) => facts(at + 1, { price: -5 }));
    await expect(index.update(NAME, [...many, facts(1_000, cyclic as Attributes)])).rejects.toThrow(
      'circular',
    );
    expect(await found(index, priced(-5))).toEqual([]);
    expect(await found((await open()).index, priced(-5))).toEqual([]);
  });

  it('go with the index when it is dropped', async () => {
    const { index } = await filled();
    await index.update(NAME, [facts(1, { price: -1 })]);
    await index.drop(NAME);
    await index.create({ name: NAME, dimension: DIMENSION, model: 'a-model' });
    await index.upsert(NAME, [{ ...facts(1, { price: 1 }), vector: vectors[0]! }]);
    expect(await found(index, priced(-1))).toEqual([]);
    expect(await found(index, priced(1))).toEqual([1]);
  });
});

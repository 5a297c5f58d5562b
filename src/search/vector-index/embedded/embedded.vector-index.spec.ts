import { copyFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bruteForce, clusteredVectors, seededRandom } from '../../../../test/contracts/vectors.ts';
import { Database, migrate } from '../../../database/index.ts';
import { searchMigrations } from '../../migrations/index.ts';
import type { VectorEntry } from '../vector-index.port.ts';
import { EmbeddedVectorIndex, type EmbeddedVectorIndexOptions } from './embedded.vector-index.ts';
import { FileLock } from '../../../database/index.ts';
import { factsOf, type Sidecar } from './build/build-files.ts';
import { graphSettings, newGraph } from './usearch-graph.ts';

const DIMENSION = 16;
const NAME = 'clothing';

describe('EmbeddedVectorIndex', () => {
  const random = seededRandom(1);
  const entries: VectorEntry[] = clusteredVectors(700, DIMENSION, 1, random).map((vector, at) => ({
    id: at + 1,
    vector,
    labels: [],
    externalId: `image-${at + 1}`,
  }));
  const [query, ...others] = clusteredVectors(200, DIMENSION, 1, random) as [Float32Array, ...Float32Array[]];

  let folder: string;
  let indexes: string;
  let warnings: string[];
  let closers: (() => Promise<void>)[];

  /** Opens the index as another process on the same data would. */
  async function open(options: EmbeddedVectorIndexOptions = {}) {
    const database = Database.open(folder);
    await migrate(database, searchMigrations);
    const logger = { log: () => undefined, warn: (message: string) => void warnings.push(message) };
    const index = new EmbeddedVectorIndex(database, indexes, logger, {
      graphFrom: 500,
      background: false,
      ...options,
    });
    await index.open();
    let isOpen = true;
    const close = async () => {
      if (!isOpen) return;
      isOpen = false;
      await index.close();
      await database.close();
    };
    closers.push(close);
    return { index, close };
  }

  async function filled(options: EmbeddedVectorIndexOptions = {}) {
    const opened = await open(options);
    await opened.index.create({ name: NAME, dimension: DIMENSION, model: 'a-model' });
    await opened.index.upsert(NAME, entries);
    return opened;
  }

  const search = async (index: EmbeddedVectorIndex, vector = query, k = 5) => {
    const { matches, exact } = await index.search(NAME, { vector, k });
    return { ids: matches.map(({ id }) => id), exact };
  };
  const truth = (vector = query, k = 5, there: readonly VectorEntry[] = entries) =>
    bruteForce(there, vector, k).map(({ id }) => id);
  const files = async () => (await readdir(indexes).catch(() => [])).sort();
  const fileOf = async (end: string) => {
    const file = (await files()).find((name) => name.endsWith(end));
    if (file === undefined) throw new Error(`No file ends in ${end}`);
    return join(indexes, file);
  };
  const until = async (isTrue: () => Promise<boolean>) => {
    for (let tries = 0; tries < 400; tries++) {
      if (await isTrue()) return;
      await setTimeout(50);
    }
    throw new Error('The condition did not become true');
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    indexes = join(folder, 'indexes');
    warnings = [];
    closers = [];
  });
  afterEach(async () => {
    for (const close of closers) await close();
    await rm(folder, { recursive: true });
  });

  it('compares every vector before optimise and walks the graph after it', async () => {
    const { index } = await filled();
    expect(await search(index)).toEqual({ ids: truth(), exact: true });
    await index.optimise(NAME);
    expect(await search(index)).toEqual({ ids: truth(), exact: false });
  });

  it.each([undefined, 0])(
    'compares entries directly that walks cannot find (heldBytes %p)',
    async (heldBytes) => {
      const { index, close } = await filled();
      await index.optimise(NAME);
      const [nearest] = await index.search(NAME, { vector: query, k: 1 }).then(({ matches }) => matches);
      await close();
      // Moves the entry to the other end of the graph.
      const file = await fileOf('.usearch');
      const graph = newGraph(DIMENSION, graphSettings(DIMENSION));
      graph.load(file);
      graph.remove(BigUint64Array.of(BigInt(nearest!.id)));
      graph.add(
        BigUint64Array.of(BigInt(nearest!.id)),
        query.map((value) => -value),
        1,
      );
      graph.save(file);
      const sidecar = JSON.parse(await readFile(`${file}.json`, 'utf8')) as Sidecar;
      const change = async (strays: number[]) =>
        writeFile(`${file}.json`, JSON.stringify({ ...sidecar, graph: await factsOf(file), strays }));

      await change([]);
      const without = await open({ heldBytes });
      expect((await search(without.index)).ids).toEqual(truth(query, 6).slice(1));
      await without.close();
      await change([nearest!.id]);
      const { index: again } = await open({ heldBytes });
      expect(await search(again)).toEqual({ ids: truth(), exact: false });
      expect(
        (await again.search(NAME, { vector: query, k: 5, excludeId: nearest!.id })).matches,
      ).toHaveLength(5);
      expect(warnings).toEqual([]);
    },
  );

  it('makes no graph for a small index', async () => {
    const { index } = await filled({ graphFrom: 5_000 });
    await index.optimise(NAME);
    expect(await files()).toEqual([]);
    expect(await search(index)).toEqual({ ids: truth(), exact: true });
  });

  it('is the same after being closed and opened again', async () => {
    const first = await filled();
    await first.index.optimise(NAME);
    await first.index.delete(NAME, [truth()[0]!]);
    await first.index.upsert(NAME, [{ ...entries[0]!, id: 9_000, vector: query }]);
    await first.close();

    const { index } = await open();
    expect(await index.list()).toEqual([{ name: NAME, dimension: DIMENSION, model: 'a-model' }]);
    expect(await index.count(NAME)).toBe(700);
    expect(await search(index)).toEqual({ ids: [9_000, ...truth(query, 5).slice(1)], exact: false });
    expect(warnings).toEqual([]);
  });

  it('builds nothing when nothing has changed', async () => {
    const { index } = await filled();
    await index.optimise(NAME);
    const before = await files();
    await index.optimise(NAME);
    expect(await files()).toEqual(before);
  });

  it('keeps only the files of one build, and none after a drop', async () => {
    const { index } = await filled();
    await index.optimise(NAME);
    await index.delete(NAME, [1, 2, 3]);
    await index.optimise(NAME);
    expect((await files()).map((file) => file.replace(/\.[0-9a-f]{16}\./, '.'))).toEqual([
      'clothing.usearch',
      'clothing.usearch.json',
    ]);
    await index.drop(NAME);
    expect(await files()).toEqual([]);
  });

  describe('with damaged files', () => {
    const damages: [string, () => Promise<void>][] = [
      ['a missing sidecar', async () => rm(await fileOf('.json'))],
      ['a missing graph', async () => rm(await fileOf('.usearch'))],
      ['a sidecar that is not JSON', async () => writeFile(await fileOf('.json'), '{"format": 1,')],
      ['an empty sidecar', async () => writeFile(await fileOf('.json'), 'null')],
      [
        'a truncated graph',
        async () => truncate(await fileOf('.usearch'), (await stat(await fileOf('.usearch'))).size - 7),
      ],
      ['an empty graph', async () => truncate(await fileOf('.usearch'), 0)],
    ];

    it.each(damages)('gives correct answers despite %s, and logs a warning', async (_what, damage) => {
      const first = await filled();
      await first.index.optimise(NAME);
      await first.close();
      await damage();
      const { index } = await open();
      expect(await search(index)).toEqual({ ids: truth(), exact: true });
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain(NAME);
      await index.optimise(NAME);
      expect(await search(index)).toEqual({ ids: truth(), exact: false });
    });

    it('never loads a file in which a byte has changed', async () => {
      const first = await filled();
      await first.index.optimise(NAME);
      await first.close();
      const file = await fileOf('.usearch');
      const intact = await readFile(file);
      for (let part = 0; part < 12; part++) {
        const damaged = Buffer.from(intact);
        const at = Math.floor((part / 12) * intact.length);
        damaged[at] = damaged[at]! ^ 1;
        await writeFile(file, damaged);
        const { index, close } = await open();
        expect(await search(index)).toEqual({ ids: truth(), exact: true });
        await close();
      }
      await writeFile(file, intact);
      const { index } = await open();
      expect(await search(index)).toMatchObject({ exact: false });
    });

    it('builds the graph again in the background', async () => {
      const first = await filled();
      await first.index.optimise(NAME);
      await first.close();
      await writeFile(await fileOf('.usearch'), 'rubbish');
      const { index } = await open({ background: true });
      expect((await search(index)).ids).toEqual(truth());
      await until(async () => !(await search(index)).exact);
      expect((await search(index)).ids).toEqual(truth());
      expect(await files()).toHaveLength(2);
    });
  });

  it('keeps the lowest ids among more equals than it scores', async () => {
    const { index } = await open();
    await index.create({ name: NAME, dimension: DIMENSION, model: 'a-model' });
    const many = clusteredVectors(3_000, DIMENSION, 1, seededRandom(3));
    const equals = Array.from({ length: 60 }, (_, at) => 9_000 + ((at * 17) % 60));
    await index.upsert(NAME, [
      ...many.map((vector, at) => ({ id: at + 1, vector, labels: [], externalId: `image-${at + 1}` })),
      ...equals.map((id) => ({ id, vector: query, labels: [], externalId: `image-${id}` })),
    ]);
    await index.optimise(NAME);
    const { ids } = await search(index, query, 10);
    expect(ids).toEqual(equals.toSorted((a, b) => a - b).slice(0, 10));
  });

  it('finds the neighbours of long vectors, but only with intact axes and codes', async () => {
    const long = clusteredVectors(3_000, 192, 300, seededRandom(8)).map((vector, at) => ({
      ...entries[0]!,
      id: at + 1,
      vector,
    }));
    const { index, close } = await open();
    await index.create({ name: 'long', dimension: 192, model: 'a-model' });
    await index.upsert('long', long);
    await index.optimise('long');
    const recall = async (there: readonly VectorEntry[]) => {
      let found = 0;
      for (let at = 0; at < there.length; at += 60) {
        const { vector, id } = there[at]!;
        const { matches } = await index.search('long', { vector, k: 10, excludeId: id });
        const near = bruteForce(there, vector, 11).slice(1);
        found += near.filter((one) => matches.some((match) => match.id === one.id)).length;
      }
      return found / (10 * Math.ceil(there.length / 60));
    };
    expect(await recall(long)).toBeGreaterThanOrEqual(0.99);
    await index.delete('long', [7, 8, 9]);
    await index.optimise('long');
    expect(await recall(long.filter(({ id }) => id < 7 || id > 9))).toBeGreaterThanOrEqual(0.99);
    await close();

    for (const end of ['.axes', '.codes']) {
      const file = await fileOf(end);
      const intact = await readFile(file);
      const damaged = Buffer.from(intact);
      damaged[1_000] = damaged[1_000]! ^ 1;
      for (const spoil of [() => writeFile(file, damaged), () => rm(file)]) {
        await spoil();
        const { index: again, close: closeAgain } = await open();
        expect((await again.search('long', { vector: long[0]!.vector, k: 1 })).exact).toBe(true);
        await closeAgain();
        await writeFile(file, intact);
      }
    }
  });

  describe('with the remains of a killed process', () => {
    it('continues with the previous build and removes the remains', async () => {
      const first = await filled();
      await first.index.optimise(NAME);
      await first.close();
      const before = await files();
      // Killed after everything but the row that puts the build in use was written, and in the middle of writing.
      for (const file of before) {
        await copyFile(
          join(indexes, file),
          join(indexes, file.replace(/\.[0-9a-f]{16}\./, '.00000000000000aa.')),
        );
      }
      for (const rest of ['lock', 'codes.partial', 'lock.partial', 'usearch.partial']) {
        await writeFile(join(indexes, `clothing.00000000000000bb.${rest}`), '');
      }
      await writeFile(join(indexes, 'not-ours.txt'), '');

      const { index } = await open();
      expect(await files()).toEqual([...before, 'not-ours.txt'].sort());
      expect(await search(index)).toEqual({ ids: truth(), exact: false });
    });

    it('does not touch what another process is building', async () => {
      const { index } = await filled();
      const lock = FileLock.take(join(indexes, 'clothing.00000000000000cc.lock'));
      const partial = join(indexes, 'clothing.00000000000000cc.codes.partial');
      await writeFile(partial, '');
      await index.optimise(NAME);
      await expect(stat(partial)).resolves.toBeDefined();
      lock.release();
      await open();
      await expect(stat(partial)).rejects.toMatchObject({ code: 'ENOENT' });
    });
  });

  describe('beside another process', () => {
    it('sees the changes, builds and drops of the other process', async () => {
      const { index: server } = await filled();
      const { index: other } = await open();
      expect((await search(server)).ids).toEqual(truth());

      await other.upsert(NAME, [{ ...entries[0]!, id: 9_000, vector: query }]);
      expect((await search(server)).ids).toEqual([9_000, ...truth(query, 4)]);

      await other.optimise(NAME);
      await until(async () => !(await search(server)).exact);
      await other.delete(NAME, [9_000]);
      expect(await search(server)).toEqual({ ids: truth(), exact: false });

      await server.optimise(NAME);
      await other.delete(NAME, [truth()[0]!]);
      await other.optimise(NAME);
      expect((await search(server)).ids).toEqual(truth(query, 6).slice(1));
      expect((await search(other)).ids).toEqual(truth(query, 6).slice(1));

      await other.drop(NAME);
      await expect(search(server)).rejects.toMatchObject({ code: 'VECTOR_INDEX_NOT_FOUND' });
      await other.create({ name: NAME, dimension: DIMENSION, model: 'another' });
      expect(await search(server)).toEqual({ ids: [], exact: true });
    });

    it('catches up with a process that has built several times in the meantime', async () => {
      const { index: server } = await filled();
      await server.optimise(NAME);
      const { index: other } = await open();
      const gone = truth(query, 3);
      for (const id of gone) {
        await other.delete(NAME, [id]);
        await other.optimise(NAME);
      }
      expect((await search(server)).ids).toEqual(truth(query, 8).slice(3));
    });
  });

  describe('during optimise', () => {
    it('loses nothing that is written in the meantime', async () => {
      const { index } = await filled();
      let meanwhile: Promise<void> | undefined;
      const building = index.optimise(NAME, {
        onProgress: () => {
          meanwhile ??= (async () => {
            await index.upsert(NAME, [{ ...entries[0]!, id: 9_000, vector: query }]);
            await index.delete(NAME, [truth()[0]!]);
          })();
        },
      });
      expect((await search(index)).ids).toEqual(truth());
      await building;
      await meanwhile;
      const expected = [9_000, ...truth().slice(1)];
      expect((await search(index)).ids).toEqual(expected);
      await index.optimise(NAME);
      expect(await search(index)).toEqual({ ids: expected, exact: false });
    });

    it('leaves nothing behind if it is aborted', async () => {
      const { index } = await filled();
      const abort = new AbortController();
      const reason = new Error('enough');
      const building = index.optimise(NAME, { signal: abort.signal, onProgress: () => abort.abort(reason) });
      await expect(building).rejects.toBe(reason);
      expect(await files()).toEqual([]);
      expect(await search(index)).toEqual({ ids: truth(), exact: true });
      await index.optimise(NAME);
      expect(await search(index)).toEqual({ ids: truth(), exact: false });
    });

    it('leaves nothing behind if the index is closed or dropped', async () => {
      const { index, close } = await filled();
      const building = index.optimise(NAME, { onProgress: () => void close() });
      await expect(building).rejects.toThrow('closed');
      await close();
      expect(await files()).toEqual([]);

      const { index: again } = await open();
      let dropping: Promise<void> | undefined;
      const dropped = again.optimise(NAME, { onProgress: () => void (dropping ??= again.drop(NAME)) });
      await expect(dropped).rejects.toMatchObject({ code: 'VECTOR_INDEX_NOT_FOUND' });
      await dropping;
      expect(await files()).toEqual([]);
    });

    it('survives being stopped at any moment', async () => {
      const { index } = await filled();
      for (let wait = 0; wait < 400; wait += 20) {
        const abort = new AbortController();
        const building = index.optimise(NAME, { signal: abort.signal }).catch(() => undefined);
        await setTimeout(wait);
        abort.abort();
        await building;
      }
      expect((await search(index)).ids).toEqual(truth());
    });

    it('removes deleted entries from the graph in each build', async () => {
      const { index } = await filled();
      await index.optimise(NAME);
      let there = [...entries];
      for (let round = 0; round < 3; round++) {
        const [gone, moved] = truth(query, 2, there) as [number, number];
        await index.delete(NAME, [gone]);
        const replaced = { ...there.find(({ id }) => id === moved)!, vector: others[round]! };
        await index.upsert(NAME, [replaced]);
        there = there.filter(({ id }) => id !== gone).map((one) => (one.id === moved ? replaced : one));
        await index.optimise(NAME);
        const sidecar = JSON.parse(await readFile(await fileOf('.json'), 'utf8')) as { count: number };
        expect(sidecar.count).toBe(there.length);
        expect(await search(index)).toEqual({ ids: truth(query, 5, there), exact: false });
      }
    });

    it('rejects with an error that onProgress throws', async () => {
      const { index } = await filled();
      const report = () => {
        throw new Error('nobody listens');
      };
      await expect(index.optimise(NAME, { onProgress: report })).rejects.toThrow('nobody listens');
      expect(await files()).toEqual([]);
    });

    it('runs one build at a time, the last of which includes every change', async () => {
      const { index } = await filled();
      const first = index.optimise(NAME);
      await index.upsert(NAME, [{ ...entries[0]!, id: 9_000, vector: query }]);
      await Promise.all([first, index.optimise(NAME), index.optimise(NAME)]);
      expect(await search(index)).toEqual({ ids: [9_000, ...truth(query, 4)], exact: false });
      expect(await files()).toHaveLength(2);
    });
  });

  it('builds in the background once there are enough changes', async () => {
    const { index } = await filled({ background: true });
    expect((await search(index)).ids).toEqual(truth());
    await until(async () => !(await search(index)).exact);
    for (const vector of others.slice(0, 20))
      expect((await search(index, vector)).ids).toContain(truth(vector)[0]);
  });

  it('resumes a drop that was interrupted when it is called again', async () => {
    const { index } = await filled();
    const abort = new AbortController();
    abort.abort(new Error('cancelled'));
    await expect(index.drop(NAME, { signal: abort.signal })).rejects.toThrow('cancelled');
    expect(await index.list()).toEqual([]);
    await index.drop(NAME);
    const database = Database.open(folder);
    const db = database.tables<{ vector_entries: { id: number }; vector_values: { id: number } }>();
    for (const table of ['vector_entries', 'vector_values'] as const) {
      expect(await db.selectFrom(table).select('id').execute()).toEqual([]);
    }
    await database.close();
  });

  it('removes the vectors that an interrupted drop left behind', async () => {
    const { index, close } = await filled();
    await close();
    const database = Database.open(folder);
    await database.tables<{ vector_indexes: { name: string } }>().deleteFrom('vector_indexes').execute();
    await database.close();

    const opened = await open();
    const again = Database.open(folder);
    const left = await again
      .tables<{ vector_values: { id: number } }>()
      .selectFrom('vector_values')
      .selectAll()
      .execute();
    await again.close();
    expect(left).toEqual([]);
    expect(await opened.index.list()).toEqual([]);
    expect(index).toBeDefined();
  });
});

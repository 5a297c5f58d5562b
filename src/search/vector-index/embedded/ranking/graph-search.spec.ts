import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { clusteredVectors, seededRandom } from '../../../../../test/contracts/vectors.ts';
import { withLabels } from '../../../../filters/index.ts';
import { BaseRows } from '../base-rows.ts';
import { Scales } from '../build/scales.ts';
import type { Selection } from '../columns/selection.ts';
import { Selections } from '../columns/selections.ts';
import { EntryCatalogue } from '../entries/entry-catalogue.ts';
import { graphSettings, newGraph } from '../usearch-graph.ts';
import { WalkGraph } from '../walk/walk-graph.ts';
import { cosine } from './cosine.ts';
import { GraphSearch, type GraphQuery } from './graph-search.ts';

const DIMENSION = 16;
const COUNT = 1_000;
/** The first so many vectors are equal. */
const EQUAL = 300;
/** The id of the entry that the graph has and the catalogue does not. */
const GONE = 400;

describe('GraphSearch', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lookalike-graph-search-'));
  const vectors = clusteredVectors(COUNT, DIMENSION, 1, seededRandom(1)).map((vector, at, all) =>
    at < EQUAL ? all[0]! : vector,
  );
  const catalogue = new EntryCatalogue();
  let search: GraphSearch;
  let rows: BaseRows;

  beforeAll(async () => {
    const graph = newGraph(DIMENSION, graphSettings(DIMENSION));
    const matrix = Float32Array.from(vectors.flatMap((one) => [...one]));
    const scales = new Scales(DIMENSION);
    scales.take(matrix);
    const ids = vectors.map((_, at) => at + 1);
    graph.add(BigUint64Array.from(ids, BigInt), matrix, 1);
    graph.save(join(folder, 'graph'));
    const walk = await WalkGraph.read(join(folder, 'graph'), undefined, DIMENSION, scales.values);
    const similarity = (id: number) => cosine(vectors[id - 1]!, vectors[600]!);
    const near = new Set(ids.toSorted((a, b) => similarity(b) - similarity(a)).slice(0, 200));
    for (const id of ids) {
      const nearest = near.has(id) ? ['together'] : [];
      const labels = JSON.stringify(id % 2 === 0 ? ['even', ...nearest] : nearest);
      if (id !== GONE) catalogue.append(id, id, { labels, attributes: '{}' });
    }
    rows = new BaseRows(walk, catalogue, catalogue.size);
    search = new GraphSearch(walk, rows);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const queryOf = (vector: Float32Array, more: Partial<GraphQuery> = {}): GraphQuery => ({
    ...{ vector, selection: undefined, k: 10, most: 40, isWanted: () => true },
    ...more,
  });
  const idsOf = (ordinals: readonly number[] = []) => ordinals.map((ordinal) => catalogue.idOf(ordinal));

  it('finds entries of the catalogue only', async () => {
    const vector = vectors[GONE - 1]!;
    expect(rows.areAllLive).toBe(false);
    const near = search.walk(queryOf(vector), 100);
    expect(near?.ordinals).toHaveLength(40);
    expect(idsOf(near?.ordinals)).not.toContain(GONE);
    const scanned = await search.scan(queryOf(vector));
    const found = new Set(near?.ordinals);
    expect(scanned?.ordinals.slice(0, 10).filter((ordinal) => found.has(ordinal)).length).toBeGreaterThan(8);
  });

  it('finds selected and wanted entries only', async () => {
    const selection = await new Selections(catalogue).select(withLabels(['even']));
    const vector = vectors[600]!;
    const query = queryOf(vector, { selection, isWanted: (ordinal) => catalogue.idOf(ordinal) !== 602 });
    for (const near of [search.walk(query, 100), await search.scan(query)]) {
      const ids = idsOf(near?.ordinals);
      expect(ids).toHaveLength(40);
      expect(ids.every((id) => id % 2 === 0 && id !== 602)).toBe(true);
    }
  });

  it('finds the same when it compares the same selection again', async () => {
    const selection = await new Selections(catalogue).select(withLabels(['even']));
    const gathered = jest.spyOn(WalkGraph.prototype, 'scanGathered');
    const first = await search.scan(queryOf(vectors[600]!, { selection }));
    expect(gathered).not.toHaveBeenCalled();
    expect(await search.scan(queryOf(vectors[600]!, { selection }))).toEqual(first);
    const other = vectors[600]!.map((value, axis) => (axis === 0 ? -value : value));
    const again = await search.scan(queryOf(other, { selection }));
    expect(again?.ordinals).not.toEqual(first?.ordinals);
    expect(gathered).toHaveBeenCalledTimes(2);
    gathered.mockRestore();
  });

  it('compares larger selections once they are used again', async () => {
    const selection = { count: 20_000 } as Selection;
    const selected = { marks: new Uint32Array(0), count: 20_000, uses: 0, shareNear: 0 };
    const known = new GraphSearch({} as WalkGraph, { selectedBy: () => selected } as unknown as BaseRows);
    expect([300, 200].map((candidates) => known.prefersScan(selection, candidates))).toEqual([true, false]);
    selected.uses = 1;
    expect([200, 130].map((candidates) => known.prefersScan(selection, candidates))).toEqual([true, false]);
  });

  it('remembers that selected entries lie together, and walks no more among them', async () => {
    const together = await new Selections(catalogue).select(withLabels(['together']));
    const query = queryOf(vectors[600]!, { selection: together });
    expect(rows.selectedBy(together).shareNear).toBeCloseTo(together.count / rows.liveCount);
    expect(search.walk(query, 100)).toBeUndefined();
    const { shareNear } = rows.selectedBy(together);
    expect(shareNear).toBeGreaterThan(0.5);
    const walking = jest.spyOn(WalkGraph.prototype, 'walkAmong');
    expect(search.walk(query, 100)).toBeUndefined();
    expect(walking).not.toHaveBeenCalled();
    expect((await search.scan(query))?.ordinals).toHaveLength(40);
    walking.mockRestore();
  });

  it('does not answer from a walk if others may be as near, and finds all of them by comparing', async () => {
    const query = queryOf(vectors[0]!);
    expect(search.walk(query, 100)).toBeUndefined();
    const near = await search.scan(query);
    const equal = vectors.slice(0, EQUAL).map((_, at) => at + 1);
    expect(idsOf(near?.ordinals)).toEqual(expect.arrayContaining(equal));
  });

  it('does not answer from a walk that finds too few or nothing near enough', () => {
    const vector = vectors[600]!;
    expect(search.walk(queryOf(vector, { isWanted: () => false }), 100)).toBeUndefined();
    expect(search.walk(queryOf(vector), 100, 1.1)).toBeUndefined();
    expect(search.walk(queryOf(vector), 100, 0.9)).toBeDefined();
  });

  it('no longer finds what is removed', async () => {
    const vector = vectors[700]!;
    const ordinal = catalogue.ordinalOf(701)!;
    expect((await search.scan(queryOf(vector)))?.ordinals[0]).toBe(ordinal);
    const before = rows.liveCount;
    catalogue.remove(701);
    rows.remove(ordinal);
    expect(rows.liveCount).toBe(before - 1);
    expect((await search.scan(queryOf(vector)))?.ordinals).not.toContain(ordinal);
    expect(search.walk(queryOf(vector), 100)?.ordinals).not.toContain(ordinal);
  });
});

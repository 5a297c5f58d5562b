import { setImmediate } from 'node:timers/promises';
import type { VectorMatch, VectorQuery, VectorSearchResult } from '../../vector-index.port.ts';
import type { Base } from './embedded.base.ts';
import type { LabelFilter } from './embedded.catalogue.ts';
import { cosine, encode } from './embedded.cosine.ts';
import type { IndexState } from './embedded.index-state.ts';
import { byRank, TopScan, type Candidate } from './embedded.top-scan.ts';
import type { VectorReader } from './embedded.vector-reader.ts';

/**
 * How a graph is walked. `least`: candidates taken from it, at least; the more, the slower and the
 * surer. With 100,000 vectors of 1280 numbers 32 give a recall@10 of .988, 64 of .998, 96 of .999;
 * labels thin them out, so searches with labels take more. `factor`: candidates for each of k that
 * should match. `trusted`: the share of the candidates, from the nearest on, that is nearly complete.
 */
const WALK = {
  unfiltered: { least: 64, factor: 1.5, trusted: 0.75 },
  filtered: { least: 256, factor: 3, trusted: 0.5 },
};
/** Shorter vectors are compared sooner, so more of them are, up to this number, in the same time. */
const SHORT = { dimension: 1280, most: 256 };
/** So few vectors are compared as they are, whatever else there is. */
const FEW = 200;
/**
 * Where a search with labels finds fewer matches than this share of what it would if they lay anywhere,
 * they lie elsewhere.
 */
const UNRELATED = 0.75;
/** Candidates beyond k, for similarities that are rounded. */
const SPARE = { float: 8, graph: 16, codes: 64 };
/**
 * How far a rounded similarity may lie below that of rank k for its vector to be looked at: some ten
 * times the deviation measured.
 */
const ROUNDING = { float: 1e-5, graph: 2e-4, codes: 6e-3 };
/** Similarities no further apart may be equal. */
const TIE = 1e-6;

/** Microseconds, measured with 1280 numbers; only their proportions matter. */
const COST = { graphCandidate: 8, code: 0.5, loneCode: 3.5, codesAtAll: 1000 };

interface Candidates {
  readonly list: Candidate[];
  readonly rounding: number;
}

/** One search in one state of an index. */
export class SimilaritySearch {
  private readonly filter: LabelFilter | undefined;

  constructor(
    private readonly state: IndexState,
    private readonly reader: VectorReader,
    private readonly query: VectorQuery,
  ) {
    this.filter = query.labels && state.catalogue.withLabels(query.labels);
  }

  /** Undefined where vectors went away while the search let others work: it must be made again. */
  async run(): Promise<VectorSearchResult | undefined> {
    const { base, catalogue } = this.state;
    const matching = this.filter?.atMost ?? catalogue.live;
    if (matching === 0) return { matches: [], exact: true };
    if (base === undefined || matching <= Math.max(FEW, 2 * this.query.k)) {
      const all = await this.scanVectors(0);
      return this.rank([all], true);
    }
    const recent = await this.scanVectors(this.state.baseEnd);
    const old = this.walkGraph(base) ?? (await this.scanCodes(base));
    return this.rank([recent, old], false);
  }

  /** Compares float vectors: of memory as far as they are there, of the database otherwise. */
  private async scanVectors(from: number): Promise<Candidates> {
    const { catalogue, recentVectors } = this.state;
    if (from === catalogue.size) return { list: [], rounding: 0 };
    const rows = Math.min(catalogue.size - from, this.filter?.atMost ?? Infinity);
    const limit = this.query.k + SPARE.float;
    const scan = new TopScan<Float32Array>(Float32Array.from(this.query.vector), limit, rows);
    let absent: number[] = [];
    let steps = 0;
    const readAbsent = () => {
      this.reader.vectors(
        absent.map((ordinal) => catalogue.idOf(ordinal)),
        (place, vector) => scan.add(absent[place]!, catalogue.imageIdOf(absent[place]!), vector),
      );
      absent = [];
    };
    for (const ordinal of this.matching(from, catalogue.size)) {
      const vector = recentVectors.at(ordinal);
      if (vector !== undefined) scan.add(ordinal, catalogue.imageIdOf(ordinal), vector);
      else absent.push(ordinal);
      const isChunk = absent.length === 256;
      if (isChunk) readAbsent();
      if (isChunk || ++steps % 2048 === 0) await setImmediate();
    }
    readAbsent();
    return { list: scan.best(), rounding: ROUNDING.float };
  }

  /**
   * Takes so many of the graph's nearest that k of them match; undefined where that is dearer than
   * to compare all.
   */
  private walkGraph(base: Base): Candidates | undefined {
    const { catalogue } = this.state;
    const { k } = this.query;
    const size = base.sidecar.count;
    const share = this.filter === undefined ? 1 : this.filter.atLeast / Math.max(1, catalogue.live);
    const { least, factor, trusted: trust } = this.filter === undefined ? WALK.unfiltered : WALK.filtered;
    const inTime = Math.min(SHORT.most, Math.round((least * SHORT.dimension) / this.query.vector.length));
    const first = Math.max(least, inTime, Math.ceil((factor * k + SPARE.graph) / share));
    let wanted = first;
    for (;;) {
      const isDear = wanted * COST.graphCandidate > this.costOfCodes(size);
      if (wanted * 2 > size || (isDear && (this.filter !== undefined || wanted > first))) return undefined;
      const { keys, distances } = base.graph.search(this.query.vector, wanted, 1);
      const list: Candidate[] = [];
      for (const [rank, key] of keys.entries()) {
        const ordinal = catalogue.find(Number(key));
        if (ordinal === undefined || !this.matches(ordinal)) continue;
        list.push({ ordinal, imageId: catalogue.imageIdOf(ordinal), similarity: 1 - distances[rank]! });
      }
      // Among the farthest that a graph finds it leaves out many; and where the last is as near as
      // rank k, others as near may be missing.
      const last = 1 - (distances.at(-1) ?? 2);
      const trusted = 1 - (distances[Math.floor(trust * keys.length)] ?? 2);
      const worst = list[k - 1]?.similarity ?? -Infinity;
      if (worst >= trusted && worst > last + TIE) return { list, rounding: ROUNDING.graph };
      // Where fewer match near the query than elsewhere, its label lies in other regions of the graph,
      // and what a walk finds of those is not reliable.
      if (keys.length < wanted || list.length < share * wanted * UNRELATED) return undefined;
      wanted *= 2;
    }
  }

  private costOfCodes(size: number): number {
    const all = size * COST.code;
    return COST.codesAtAll + (this.filter ? Math.min(all, this.filter.atMost * COST.loneCode) : all);
  }

  /** Compares all that match, rounded to 8 bits. */
  private async scanCodes(base: Base): Promise<Candidates> {
    const { catalogue, baseEnd } = this.state;
    const code = new Int8Array(this.query.vector.length);
    encode(this.query.vector, code);
    const scan = new TopScan<Int8Array>(code, 2 * this.query.k + SPARE.codes);
    const { ids } = base.codes;
    const ordinals: number[] = [];
    const rows: number[] = [];
    let row = 0;
    // Both rise with the entries' ids; the base also has entries that are gone.
    for (const ordinal of this.matching(0, baseEnd)) {
      const id = catalogue.idOf(ordinal);
      while (row < ids.length && ids[row]! < id) row++;
      if (ids[row] !== id) continue;
      ordinals.push(ordinal);
      rows.push(row);
    }
    let place = 0;
    await base.codes.read(rows, (_row, each) => {
      const ordinal = ordinals[place++]!;
      scan.add(ordinal, catalogue.imageIdOf(ordinal), each);
    });
    return { list: scan.best(), rounding: ROUNDING.codes };
  }

  /** Gives each candidate that may be among the first k its true similarity. */
  private rank(sources: readonly Candidates[], exact: boolean): VectorSearchResult | undefined {
    const { catalogue, recentVectors } = this.state;
    const { k, vector: query } = this.query;
    const all = sources.flatMap(({ list }) => list).sort(byRank);
    const rounding = Math.max(...sources.map((source) => source.rounding));
    const least = (all[k - 1]?.similarity ?? -Infinity) - 2 * rounding;
    const matches: VectorMatch[] = [];
    for (const { ordinal, imageId, similarity } of all) {
      if (similarity < least) break;
      const vector = recentVectors.at(ordinal) ?? this.reader.vector(catalogue.idOf(ordinal));
      if (vector === undefined || !catalogue.isLive(ordinal)) return undefined;
      matches.push({ id: imageId, score: cosine(query, vector) });
    }
    matches.sort((a, b) => b.score - a.score || a.id - b.id);
    return { matches: matches.slice(0, k), exact };
  }

  private *matching(from: number, end: number): Generator<number> {
    if (this.filter === undefined) {
      for (let ordinal = from; ordinal < end; ordinal++) if (this.isWanted(ordinal)) yield ordinal;
      return;
    }
    for (const ordinal of this.filter.ordinals()) {
      if (ordinal >= end) return;
      if (ordinal >= from && this.isWanted(ordinal)) yield ordinal;
    }
  }

  private matches(ordinal: number): boolean {
    return this.isWanted(ordinal) && (this.filter === undefined || this.filter.has(ordinal));
  }

  private isWanted(ordinal: number): boolean {
    const { catalogue } = this.state;
    return catalogue.isLive(ordinal) && catalogue.imageIdOf(ordinal) !== this.query.excludeId;
  }
}

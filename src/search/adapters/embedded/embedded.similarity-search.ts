import { setImmediate } from 'node:timers/promises';
import type { VectorMatch, VectorQuery, VectorSearchResult } from '../../vector-index.port.ts';
import type { Base } from './embedded.base.ts';
import type { LabelFilter } from './embedded.catalogue.ts';
import type { Codes } from './embedded.codes.ts';
import { cosine, encode } from './embedded.cosine.ts';
import type { IndexState } from './embedded.index-state.ts';
import { byRank, TopScan, type Candidate } from './embedded.top-scan.ts';
import type { VectorReader } from './embedded.vector-reader.ts';

/** So few vectors are compared as they are, whatever else there is. */
const FEW = 200;
/**
 * Candidates that are compared as codes for each of k, and at least: in the graph vectors are shortened,
 * and the nearest there are not quite the nearest. With 100,000 vectors of 1280 numbers the first 64
 * hold .999 of the ten nearest, the first 100 all. (How many must be taken from the graph for the
 * walk to reach its goal at all, each build finds out for itself.) Where float vectors are held, all
 * that the walk finds are compared by them.
 */
const COMPARED = { factor: 3, least: 100 };
/** Where fewer match than this share of what would if they lay anywhere, they lie elsewhere. */
const UNRELATED = 0.75;
/** What is kept beyond k for scoring. */
const SPARE = { float: 8, codes: 64 };
/**
 * How far a similarity may lie below that of rank k for its vector to be scored; that of codes, in
 * their standard deviations.
 */
const WINDOW = { float: 2e-5, codes: 4 };
/** Similarities no further apart may be equal. */
const TIE = 1e-6;
/** Vectors compared before others get a turn. */
const TURN_ROWS = 4_096;

/** Microseconds, measured with 1280 numbers; only their proportions matter. */
const COST = { graphCandidate: 2.5, code: 0.3 };

interface Candidates {
  readonly list: Candidate[];
  readonly window: number;
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
    const { baseEnd } = this.state;
    const recent = await this.scanVectors(baseEnd);
    const old = this.walkGraph(base) ?? (await this.scanBase(base));
    return this.rank([recent, old], false);
  }

  private scanBase({ codes, sidecar }: Base): Promise<Candidates> {
    return codes === undefined
      ? this.scanVectors(0, this.state.baseEnd)
      : this.scanCodes(codes, sidecar.deviation);
  }

  /** Compares float vectors: of memory as far as they are there, of the database otherwise. */
  private async scanVectors(from: number, end = this.state.catalogue.size): Promise<Candidates> {
    const { catalogue } = this.state;
    if (from === end) return { list: [], window: 0 };
    const scan = this.scanOfVectors(Math.min(end - from, this.filter?.atMost ?? Infinity));
    let absent: number[] = [];
    let steps = 0;
    const readAbsent = () => {
      this.reader.vectors(
        absent.map((ordinal) => catalogue.idOf(ordinal)),
        (place, vector) => scan.add(absent[place]!, catalogue.imageIdOf(absent[place]!), vector),
      );
      absent = [];
    };
    for (const ordinal of this.matching(from, end)) {
      const vector = this.state.vectorAt(ordinal);
      if (vector !== undefined) scan.add(ordinal, catalogue.imageIdOf(ordinal), vector);
      else absent.push(ordinal);
      const isChunk = absent.length === 256;
      if (isChunk) readAbsent();
      if (isChunk || ++steps % TURN_ROWS === 0) await setImmediate();
    }
    readAbsent();
    return { list: scan.best(), window: WINDOW.float };
  }

  /**
   * Takes so many of the graph's nearest that enough of them match; undefined where that does not
   * succeed, or is dearer than to compare all.
   */
  private walkGraph(base: Base): Candidates | undefined {
    const { catalogue } = this.state;
    const { k, vector } = this.query;
    const { candidates, count } = base.sidecar;
    if (candidates === null) return undefined;
    const share = this.filter === undefined ? 1 : this.filter.atLeast / Math.max(1, catalogue.live);
    const needed = Math.max(base.codes === undefined ? 0 : COMPARED.least, COMPARED.factor * k);
    const wanted = Math.max(candidates, Math.ceil(needed / share));
    const compared = Math.min(count, this.filter?.atMost ?? count);
    if (2 * wanted > count || wanted * COST.graphCandidate > compared * COST.code) return undefined;

    const short = base.projection.apply(Float32Array.from(vector));
    const { keys, distances } = base.graph.search(short, wanted, 1);
    const ordinals: number[] = [];
    let kth = Infinity;
    for (let rank = 0; rank < keys.length; rank++) {
      const ordinal = catalogue.find(Number(keys[rank]));
      if (ordinal === undefined || !this.matches(ordinal)) continue;
      if (ordinals.push(ordinal) === k) kth = distances[rank]!;
    }
    const found = ordinals.length;
    // Where fewer match near the query than elsewhere, its label lies in other regions of the graph,
    // and what a walk finds of those is not reliable.
    if (found < Math.max(k, UNRELATED * share * wanted)) return undefined;
    // Where the last is as near as rank k, others as near may have been left out.
    if (kth >= distances.at(-1)! - TIE) return undefined;
    return base.codes === undefined
      ? this.compareVectors(ordinals)
      : this.compareCodes(ordinals.slice(0, needed), base.codes, base.sidecar.deviation);
  }

  /** Of entries whose vectors are held. */
  private compareVectors(ordinals: readonly number[]): Candidates {
    const { catalogue } = this.state;
    const scan = this.scanOfVectors(ordinals.length);
    for (const ordinal of ordinals) {
      const vector = this.state.vectorAt(ordinal);
      if (vector !== undefined) scan.add(ordinal, catalogue.imageIdOf(ordinal), vector);
    }
    return { list: scan.best(), window: WINDOW.float };
  }

  private compareCodes(ordinals: readonly number[], codes: Codes, deviation: number): Candidates {
    const { catalogue } = this.state;
    const scan = this.scanOfCodes(ordinals.length);
    for (const ordinal of ordinals) {
      const row = codes.find(catalogue.idOf(ordinal));
      if (row !== undefined) scan.add(ordinal, catalogue.imageIdOf(ordinal), codes.at(row));
    }
    return { list: scan.best(), window: WINDOW.codes * deviation };
  }

  /** Compares all that match, as codes. */
  private async scanCodes(codes: Codes, deviation: number): Promise<Candidates> {
    const { catalogue, baseEnd } = this.state;
    const scan = this.scanOfCodes(Math.min(baseEnd, this.filter?.atMost ?? Infinity));
    let row = 0;
    let steps = 0;
    // Ordinals and rows both rise with the entries' ids; among the rows are also entries that are gone.
    for (const ordinal of this.matching(0, baseEnd)) {
      const id = catalogue.idOf(ordinal);
      while (row < codes.count && codes.ids[row]! < id) row++;
      if (codes.ids[row] === id) scan.add(ordinal, catalogue.imageIdOf(ordinal), codes.at(row));
      if (++steps % TURN_ROWS === 0) await setImmediate();
    }
    return { list: scan.best(), window: WINDOW.codes * deviation };
  }

  private scanOfVectors(rows: number): TopScan<Float32Array> {
    return new TopScan<Float32Array>(Float32Array.from(this.query.vector), this.query.k + SPARE.float, rows);
  }

  private scanOfCodes(rows: number): TopScan<Int8Array> {
    const code = new Int8Array(this.query.vector.length);
    encode(this.query.vector, code);
    return new TopScan<Int8Array>(code, 2 * this.query.k + SPARE.codes, rows);
  }

  /** Gives each candidate that may be among the first k its true similarity. */
  private rank(sources: readonly Candidates[], exact: boolean): VectorSearchResult | undefined {
    const { catalogue } = this.state;
    const { k, vector: query } = this.query;
    const all = sources.flatMap(({ list }) => list).sort(byRank);
    const window = Math.max(...sources.map((source) => source.window));
    const least = (all[k - 1]?.similarity ?? -Infinity) - window;
    const matches: VectorMatch[] = [];
    for (const { ordinal, imageId, similarity } of all) {
      if (similarity < least) break;
      const vector = this.state.vectorAt(ordinal) ?? this.reader.vector(catalogue.idOf(ordinal));
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

import { setImmediate } from 'node:timers/promises';
import type { VectorMatch, VectorQuery, VectorSearchResult } from '../../vector-index.port.ts';
import type { LoadedBuild } from '../build/loaded-build.ts';
import type { Selection } from '../columns/selection.ts';
import { isTurnOver, nextTurn } from '../../../../common/index.ts';
import { cosine, dot } from './cosine.ts';
import { encode, type VectorCodes } from './vector-codes.ts';
import type { HeldVectors } from './held-vectors.ts';
import type { IndexState } from '../index-state.ts';
import { ScoredCandidates, type Candidates } from './scored-candidates.ts';
import { byRank, TopScan, type Candidate } from './top-scan.ts';
import { GraphSearch, type GraphHits } from './graph-search.ts';
import type { VectorReader } from '../entries/vector-reader.ts';

/** If no more vectors match, they are all compared, even if there is a graph. */
const FEW = 200;
/** If the graph has shortened vectors and no more match, the codes of their whole vectors are compared. */
const SCANNED_WHOLE = 2_000;
/**
 * How many candidates to look for in the graph, `factor` × k plus `more`. Shortened vectors need more, because all
 * candidates are compared as codes: for pictures unlike those in the index, the nearest 160 of 100,000 contain 0.990 of
 * the ten nearest, and the nearest 100 contain 0.981.
 */
const SOUGHT = {
  ofWhole: { factor: 2, more: 10, least: 0 },
  ofShortened: { factor: 4, more: 0, least: 100 },
};
/** How many candidates are kept for scoring in addition to k. */
const SPARE = { float: 8, codes: 64 };
/**
 * How far below that of rank k a similarity may be for its vector to be scored. For codes, this is a number of
 * standard deviations.
 */
const WINDOW = { float: 2e-5, codes: 4 };
/** How far from the query its own vector in the graph may be, beside what rounding adds. */
const SAME = 1e-4;
/** How many vectors are compared before other work gets a turn. */
const TURN_ROWS = 4_096;

const NOTHING: Candidates = { list: [], window: 0 };

/** One search in one state of an index. */
export class SimilaritySearch {
  /** What the filter selects; undefined if there is none. */
  private selection: Selection | undefined;

  constructor(
    private readonly state: IndexState,
    private readonly reader: VectorReader,
    private readonly query: VectorQuery,
  ) {}

  /** Undefined if vectors were deleted while other work had its turn: the search must then be repeated. */
  async findNearest(): Promise<VectorSearchResult | undefined> {
    const { base, catalogue, selections } = this.state;
    if (this.query.filter !== undefined) this.selection = await selections.select(this.query.filter);
    const matching = this.selection?.count ?? catalogue.live;
    if (matching === 0) return { matches: [], exact: true };
    if (base === undefined || matching <= Math.max(FEW, 2 * this.query.k)) {
      const all = await this.scanVectors(0);
      return this.rank([all], true);
    }
    const { baseEnd, heldBase } = this.state;
    const recent = baseEnd === catalogue.size ? NOTHING : await this.scanVectors(baseEnd);
    const near = await this.searchBase(base, matching);
    if (near !== undefined) return this.rank([recent, near], false);
    if (heldBase !== undefined) return this.rank([recent, await this.scanHeld(heldBase)], true);
    if (base.codes === undefined) return this.rank([recent, await this.scanVectors(0, baseEnd)], true);
    return this.rank([recent, await this.scanCodes(base)], false);
  }

  /** Searches the graph. Undefined if too many of its vectors are as near as the one of rank k. */
  private async searchBase(base: LoadedBuild, matching: number): Promise<Candidates | undefined> {
    const { rows } = this.state;
    const { candidates, candidatesOfEntries, deviation } = base.sidecar;
    const window = WINDOW.codes * deviation;
    const isWhole = base.codes === undefined;
    if (!isWhole && (candidates === null || matching <= SCANNED_WHOLE)) return undefined;
    if (rows === undefined) return undefined;
    const { k, vector } = this.query;
    const { factor, more, least } = isWhole ? SOUGHT.ofWhole : SOUGHT.ofShortened;
    const sought = Math.max(factor * k + more, least);
    const search = new GraphSearch(base.graph, rows);
    const query = (most: number) => ({
      vector: base.shortening.apply(new Float32Array(vector)),
      selection: this.selection,
      k,
      most: isWhole ? 2 * k + SPARE.codes : most,
      isWanted: this.isWanted,
    });
    const walk = (effort: number | null, nearest?: number) => {
      if (effort === null) return undefined;
      const wanted = Math.max(effort, sought);
      return 2 * wanted > matching ? undefined : search.walk(query(wanted), wanted, nearest);
    };
    const isWalked = this.selection === undefined || !search.prefersScan(this.selection, candidates ?? 0);
    const ofEntry = this.query.ofEntry === true && this.selection === undefined;
    const near =
      (ofEntry ? walk(candidatesOfEntries, 1 - SAME - window) : undefined) ??
      (isWalked ? walk(candidates) : undefined) ??
      (await search.scan(query(Math.max(candidates ?? 0, sought))));
    return near && this.scored(base, near);
  }

  /** Compares what was found in the graph more exactly. */
  private scored(base: LoadedBuild, { ordinals, similarities }: GraphHits): Candidates {
    const { catalogue, heldBase, strays } = this.state;
    const window = WINDOW.codes * base.sidecar.deviation;
    if (base.codes !== undefined)
      return this.compareCodes(
        [...ordinals, ...this.straysBeside(ordinals).map(({ ordinal }) => ordinal)],
        base.codes,
        base.sidecar.deviation,
      );
    const least = (similarities[this.query.k - 1] ?? -Infinity) - window;
    if (heldBase !== undefined) {
      const scored = new ScoredCandidates(catalogue, heldBase, this.query);
      for (let at = 0; at < ordinals.length && similarities[at]! >= least; at++) scored.add(ordinals[at]!);
      for (const { ordinal } of this.straysBeside(ordinals)) scored.add(ordinal);
      return scored.best();
    }
    const list: Candidate[] = [];
    for (let at = 0; at < ordinals.length && similarities[at]! >= least; at++) {
      const ordinal = ordinals[at]!;
      list.push({ ordinal, imageId: catalogue.imageIdOf(ordinal), similarity: similarities[at]! });
    }
    const { vector } = this.query;
    const square = dot(vector, vector);
    for (const { ordinal, place } of this.straysBeside(ordinals)) {
      const similarity = strays!.cosineTo(vector, square, place);
      if (similarity >= least) list.push({ ordinal, imageId: catalogue.imageIdOf(ordinal), similarity });
    }
    list.sort(byRank);
    return { list: list.slice(0, 2 * this.query.k + SPARE.codes), window };
  }

  /** Scores everything in the build that matches. */
  private async scanHeld(held: HeldVectors): Promise<Candidates> {
    const scored = new ScoredCandidates(this.state.catalogue, held, this.query);
    const chosen = this.selection?.between(held.first, held.end);
    const rows = chosen?.length ?? held.end - held.first;
    for (let row = 0; row < rows; row++) {
      if (row % TURN_ROWS === TURN_ROWS - 1 && isTurnOver()) await nextTurn();
      const ordinal = chosen?.[row] ?? held.first + row;
      if (this.isWanted(ordinal)) scored.add(ordinal);
    }
    return scored.best();
  }

  /** Compares float vectors, from memory if they are there and otherwise from the database. */
  private async scanVectors(from: number, end = this.state.catalogue.size): Promise<Candidates> {
    const { catalogue } = this.state;
    if (from === end) return NOTHING;
    const scan = this.scanOfVectors(Math.min(end - from, this.selection?.count ?? Infinity));
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

  /** The matching entries that a walk cannot find, unless they have been found. */
  private straysBeside(ordinals: readonly number[]): { ordinal: number; place: number }[] {
    const { strays } = this.state;
    if (strays === undefined || strays.ordinals.length === 0) return [];
    const known = new Set(ordinals);
    const found: { ordinal: number; place: number }[] = [];
    for (let place = 0; place < strays.ordinals.length; place++) {
      const ordinal = strays.ordinals[place]!;
      if (this.matches(ordinal) && !known.has(ordinal)) found.push({ ordinal, place });
    }
    return found;
  }

  private compareCodes(ordinals: readonly number[], codes: VectorCodes, deviation: number): Candidates {
    const { catalogue } = this.state;
    const scan = this.scanOfCodes(ordinals.length);
    for (const ordinal of ordinals) {
      const row = codes.rowOf(catalogue.idOf(ordinal));
      if (row !== undefined) scan.add(ordinal, catalogue.imageIdOf(ordinal), codes.at(row));
    }
    return { list: scan.best(), window: WINDOW.codes * deviation };
  }

  /** Compares everything that matches, as codes. */
  private async scanCodes({ codes, sidecar }: LoadedBuild): Promise<Candidates> {
    const { catalogue, baseEnd } = this.state;
    if (codes === undefined) throw new Error('Only builds of shortened vectors have codes');
    const scan = this.scanOfCodes(Math.min(baseEnd, this.selection?.count ?? Infinity));
    let row = 0;
    let steps = 0;
    // Ordinals and rows both ascend with the ids of entries. Rows of removed entries are skipped.
    for (const ordinal of this.matching(0, baseEnd)) {
      const id = catalogue.idOf(ordinal);
      while (row < codes.count && codes.ids[row]! < id) row++;
      if (codes.ids[row] === id) scan.add(ordinal, catalogue.imageIdOf(ordinal), codes.at(row));
      if (++steps % TURN_ROWS === 0) await setImmediate();
    }
    return { list: scan.best(), window: WINDOW.codes * sidecar.deviation };
  }

  private scanOfVectors(rows: number): TopScan<Float32Array> {
    return new TopScan<Float32Array>(new Float32Array(this.query.vector), this.query.k + SPARE.float, rows);
  }

  private scanOfCodes(rows: number): TopScan<Int8Array> {
    const code = new Int8Array(this.query.vector.length);
    encode(this.query.vector, code);
    return new TopScan<Int8Array>(code, 2 * this.query.k + SPARE.codes, rows);
  }

  /** Computes the true similarity of each candidate that may be among the first k. */
  private rank(sources: readonly Candidates[], exact: boolean): VectorSearchResult | undefined {
    const { k } = this.query;
    const [first, second] = sources.filter(({ list }) => list.length > 0);
    if (first?.window === 0 && second === undefined) {
      const best = first.list.slice(0, k);
      return { matches: best.map(({ imageId, similarity }) => ({ id: imageId, score: similarity })), exact };
    }
    const similarities = sources.flatMap(({ list }) => list.map(({ similarity }) => similarity));
    similarities.sort((a, b) => b - a);
    const least = (similarities[k - 1] ?? -Infinity) - Math.max(...sources.map(({ window }) => window));
    const matches: VectorMatch[] = [];
    for (const { list, window } of sources) {
      for (const { ordinal, imageId, similarity } of list) {
        if (similarity < least) break;
        const score = window === 0 ? similarity : this.scoreOf(ordinal);
        if (score === undefined) return undefined;
        matches.push({ id: imageId, score });
      }
    }
    matches.sort((a, b) => b.score - a.score || a.id - b.id);
    return { matches: matches.slice(0, k), exact };
  }

  /** Undefined if the entry was deleted. */
  private scoreOf(ordinal: number): number | undefined {
    const { catalogue } = this.state;
    const vector = this.state.vectorAt(ordinal) ?? this.reader.vector(catalogue.idOf(ordinal));
    return vector !== undefined && catalogue.isLive(ordinal) ? cosine(this.query.vector, vector) : undefined;
  }

  private *matching(from: number, end: number): Generator<number> {
    if (this.selection === undefined) {
      for (let ordinal = from; ordinal < end; ordinal++) if (this.isWanted(ordinal)) yield ordinal;
      return;
    }
    for (const ordinal of this.selection.between(from, end)) if (this.isWanted(ordinal)) yield ordinal;
  }

  private matches(ordinal: number): boolean {
    return this.isWanted(ordinal) && (this.selection?.has(ordinal) ?? true);
  }

  private readonly isWanted = (ordinal: number): boolean => {
    const { catalogue } = this.state;
    return catalogue.isLive(ordinal) && catalogue.imageIdOf(ordinal) !== this.query.excludeId;
  };
}

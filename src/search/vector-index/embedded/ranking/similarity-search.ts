import { setImmediate } from 'node:timers/promises';
import type { VectorMatch, VectorQuery, VectorSearchResult } from '../../vector-index.port.ts';
import type { LoadedBuild } from '../build/loaded-build.ts';
import type { Selection } from '../columns/selection.ts';
import { isTurnOver, nextTurn } from '../../../../common/index.ts';
import { cosine } from './cosine.ts';
import { encode, type VectorCodes } from './vector-codes.ts';
import type { HeldVectors } from './held-vectors.ts';
import type { IndexState } from '../index-state.ts';
import { ScoredCandidates, type Candidates } from './scored-candidates.ts';
import { TopScan } from './top-scan.ts';
import { searchGraph } from '../usearch-graph.ts';
import type { VectorReader } from '../entries/vector-reader.ts';

/** If no more vectors match, they are all compared, even if there is a graph. */
const FEW = 200;
/**
 * How many matching candidates to look for in the graph, `factor` × k plus `more`. If the graph contains all numbers
 * of the vectors, with 8 bits each, twice as many contain 0.998 of the 100 nearest among 100,000. Shortened vectors
 * need more, because all candidates are compared as codes: for pictures unlike those in the index, the nearest 160
 * of 100,000 contain 0.990 of the ten nearest, and the nearest 100 contain 0.981.
 */
const SOUGHT = {
  ofWhole: { factor: 2, more: 10, least: 0 },
  ofShortened: { factor: 4, more: 0, least: 100 },
};
/**
 * How many candidates are scored, `factor` × k and at least `least`, if the graph contains all numbers of the
 * vectors, with 8 bits each: among 100,000 vectors, the first 22 contain the ten nearest.
 */
const SCORED = { factor: 2.5, least: 25 };
/**
 * If fewer candidates match than this share of what an even distribution would give, and fewer than `deviations`
 * standard deviations below it, the matches are elsewhere.
 */
const UNRELATED = { share: 0.75, deviations: 2 };
/** How many candidates are kept for scoring in addition to k. */
const SPARE = { float: 8, codes: 64 };
/**
 * How far below that of rank k a similarity may be for its vector to be scored. For codes, this is a number of
 * standard deviations.
 */
const WINDOW = { float: 2e-5, codes: 4 };
/** Similarities that differ by no more than this may be equal. */
const TIE = 1e-6;
/** How many vectors are compared before other work gets a turn. */
const TURN_ROWS = 4_096;

/** The microseconds that a candidate of a walk takes, and an entry that is compared directly. Only their ratio matters. */
const COST = {
  /** Measured with 128 numbers. */
  ofWhole: { candidate: 1.1, entry: 0.35 },
  /** Measured with 1,280 numbers. */
  ofShortened: { candidate: 2.5, entry: 0.3 },
};

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
    const near = this.walkGraph(base);
    if (near !== undefined) return this.rank([recent, near], false);
    if (heldBase !== undefined) return this.rank([recent, await this.scanHeld(heldBase)], true);
    return this.rank([recent, await this.scanCodes(base)], false);
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

  /**
   * Takes as many of the nearest from the graph as are needed for enough of them to match. Undefined if that
   * fails, or would be slower than comparing everything.
   */
  private walkGraph(base: LoadedBuild): Candidates | undefined {
    const { catalogue } = this.state;
    const { k, vector } = this.query;
    const { candidates, count } = base.sidecar;
    if (candidates === null) return undefined;
    const share = this.selection === undefined ? 1 : this.selection.count / Math.max(1, catalogue.live);
    const { heldBase } = this.state;
    const kind = heldBase === undefined ? 'ofShortened' : 'ofWhole';
    const { factor, more, least } = SOUGHT[kind];
    const sought = Math.max(factor * k + more, least);
    // The ten nearest that match are farther away than the ten nearest of all, where a walk misses more.
    const wanted = Math.ceil(Math.max(candidates / Math.sqrt(share), sought / share));
    const matching = Math.min(count, this.selection?.count ?? count);
    if (2 * wanted > count || wanted * COST[kind].candidate > matching * COST[kind].entry) return undefined;

    const short = base.shortening.apply(new Float32Array(vector));
    const { keys, distances } = searchGraph(base.graph, short, wanted);
    const compared = heldBase === undefined ? wanted : Math.max(SCORED.least, SCORED.factor * k);
    const nearest: number[] = [];
    let found = 0;
    let kth = Infinity;
    for (let rank = 0; rank < keys.length; rank++) {
      const distance = distances[rank]!;
      const isNear = nearest.length < compared || distance <= kth + TIE;
      if (!isNear && this.selection === undefined) break;
      const ordinal = catalogue.ordinalOf(keys[rank]!);
      if (ordinal === undefined || !this.matches(ordinal)) continue;
      if (++found === k) kth = distance;
      if (isNear) nearest.push(ordinal);
    }
    if (found < k) return undefined;
    // If fewer match near the query than elsewhere, the matches are in other regions of the graph, which a walk
    // does not explore reliably.
    if (this.selection !== undefined && isTooFew(found, share * wanted)) return undefined;
    // If the last candidate is as near as rank k, others as near may have been missed.
    if (kth >= distances.at(-1)! - TIE) return undefined;
    if (heldBase !== undefined) {
      const scored = new ScoredCandidates(catalogue, heldBase, this.query);
      for (const ordinal of nearest) scored.add(ordinal);
      return scored.best();
    }
    return base.codes && this.compareCodes(nearest, base.codes, base.sidecar.deviation);
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
    if (codes === undefined) throw new Error('A build without codes has its vectors in memory');
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

  private isWanted(ordinal: number): boolean {
    const { catalogue } = this.state;
    return catalogue.isLive(ordinal) && catalogue.imageIdOf(ordinal) !== this.query.excludeId;
  }
}

/** Whether the matches among the candidates are so few that those near the query cannot be typical. */
function isTooFew(found: number, expected: number): boolean {
  return found < UNRELATED.share * expected && found < expected - UNRELATED.deviations * Math.sqrt(expected);
}

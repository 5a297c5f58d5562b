import { isTurnOver, nextTurn } from '../../../../common/index.ts';
import type { BaseRows, SelectedRows } from '../base-rows.ts';
import type { Selection } from '../columns/selection.ts';
import { SCAN_WORDS, type WalkGraph } from '../walk/walk-graph.ts';
import { MOST_HITS } from '../walk/walk-memory.ts';

/** Entries of a graph, the nearest first. */
export interface GraphHits {
  readonly ordinals: readonly number[];
  /** Cosine similarities, from vectors in 8 bits. */
  readonly similarities: readonly number[];
}

export interface GraphQuery {
  /** As the graph has them: shortened. */
  readonly vector: Float32Array;
  readonly selection: Selection | undefined;
  /** How many entries are wanted. */
  readonly k: number;
  /** At most how many are returned. */
  readonly most: number;
  /** Entries for which this is false are left out. */
  readonly isWanted: (ordinal: number) => boolean;
}

/** Similarities that differ by no more than this may be equal. */
const TIE = 1e-6;
/** How many times as many hits to ask for if the last one is as near as the one of rank k. */
const GROWTH = 8;
/**
 * The share of the candidates that a walk needs among few entries spread at random, which lie farther apart than all
 * entries do. Where all neighbours are selected, it needs all of them.
 */
const AMONG_FEW = 0.5;
/**
 * If more of the neighbours are selected than of all entries, so that this many times as many candidates are needed, the
 * selected entries lie together, and near the query there may be too few to walk among. Up to `compared` are then
 * compared instead.
 */
const TOGETHER = { factor: 1.2, compared: 131_072 };
/**
 * If no more rows are selected, or no more than so many times as many as a walk takes candidates, comparing the codes of all
 * takes no longer than a walk and misses nothing. Codes that are put together are compared faster.
 */
const SCANNED = { rows: 16_384, perCandidate: 70, perCandidateAgain: 150 };
/** Codes of no more rows are put together, which are then compared without a turn for other work. */
const GATHERED = 131_072;
const NONE: GraphHits = { ordinals: [], similarities: [] };

/** Searches a graph for the entries that it contains, by walking through it or by comparing all that are selected. */
export class GraphSearch {
  constructor(
    private readonly graph: WalkGraph,
    private readonly rows: BaseRows,
  ) {}

  /** Whether comparing all that are selected takes no longer than a walk with so many candidates. */
  prefersScan(selection: Selection, candidates: number): boolean {
    const { count, uses } = this.rows.selectedBy(selection);
    const perCandidate = uses > 0 && count <= GATHERED ? SCANNED.perCandidateAgain : SCANNED.perCandidate;
    return count <= Math.max(SCANNED.rows, perCandidate * candidates);
  }

  /**
   * Walks with so many candidates, or fewer among selected entries. Undefined if fewer than k entries were found, if
   * others may be as near as the one of rank k, or if the nearest one is less similar than `least`.
   */
  walk(query: GraphQuery, candidates: number, least = -Infinity): GraphHits | undefined {
    const { graph, rows } = this;
    const { selection, k, vector, most } = query;
    graph.ask(vector);
    if (selection === undefined) {
      const count = rows.areAllLive ? graph.walk(candidates) : graph.walkThrough(rows.live, candidates);
      return this.usable(query, count, candidates, least);
    }
    const selected = rows.selectedBy(selection);
    selected.uses++;
    const enough = (share: number) =>
      Math.max(Math.min(most, candidates), k, Math.ceil(candidates * (AMONG_FEW + (1 - AMONG_FEW) * share)));
    const apart = enough(selection.count / Math.max(1, rows.liveCount));
    let asked = enough(selected.shareNear);
    if (isTogether(asked, apart, selection)) return undefined;
    let count = graph.walkAmong(selected.marks, asked);
    selected.shareNear = graph.shareAmong;
    const needed = enough(selected.shareNear);
    if (isTogether(needed, apart, selection)) return undefined;
    if (needed > TOGETHER.factor * asked) {
      asked = needed;
      count = graph.walkAmong(selected.marks, asked);
    }
    // A walk that ends early may have been among only some of the selected entries.
    return count < asked ? undefined : this.usable(query, count, asked, least);
  }

  /** Compares all that are selected, or everything. Undefined if too many are as near as the one of rank k. */
  async scan(query: GraphQuery): Promise<GraphHits | undefined> {
    const { rows, graph } = this;
    const selected = query.selection && rows.selectedBy(query.selection);
    const marks = selected?.marks ?? rows.live;
    const isGathered = selected !== undefined && this.isGathered(selected);
    const end = isGathered ? 1 : marks.length;
    for (let most = query.most; ; most *= GROWTH) {
      const bounded = Math.min(most, MOST_HITS);
      const parts: GraphHits[] = [];
      let isCut = false;
      for (let word = 0; word < end; word += SCAN_WORDS) {
        if (word > 0 && isTurnOver()) await nextTurn();
        // Another search may have used the graph in the meantime.
        graph.ask(query.vector);
        const count = isGathered
          ? graph.scanGathered(marks, bounded)
          : graph.scan(marks, word, word + SCAN_WORDS, bounded);
        const part = this.collected({ ...query, most: bounded }, count);
        parts.push(part);
        isCut ||= count === bounded && isCutOff(graph, part, query.k, count);
      }
      if (!isCut) return merged(parts, query.k, bounded);
      if (bounded === MOST_HITS) return undefined;
    }
  }

  /** Whether the codes of these rows lie together. Those of rows that are searched again are put together. */
  private isGathered(selected: SelectedRows): boolean {
    return (
      selected.count <= GATHERED && selected.uses++ > 0 && this.graph.gather(selected.marks, selected.count)
    );
  }

  private usable(query: GraphQuery, count: number, asked: number, least: number): GraphHits | undefined {
    const { graph } = this;
    if (count === 0 || !(graph.similarityOf(0) >= least)) return undefined;
    const found = this.collected(query, count);
    if (found.ordinals.length < query.k) return undefined;
    return count === asked && isCutOff(graph, found, query.k, count) ? undefined : found;
  }

  /** The hits of the last search, without those that are not wanted. */
  private collected({ most, isWanted }: GraphQuery, count: number): GraphHits {
    if (count === 0) return NONE;
    const { graph, rows } = this;
    const ordinals: number[] = [];
    const similarities: number[] = [];
    for (let hit = 0; hit < count && ordinals.length < most; hit++) {
      const ordinal = rows.ordinalOf(graph.rowOf(hit));
      if (ordinal < 0 || !isWanted(ordinal)) continue;
      ordinals.push(ordinal);
      similarities.push(graph.similarityOf(hit));
    }
    return { ordinals, similarities };
  }
}

/** Whether the selected entries lie together, so that the walk needs more candidates than if they lay `apart`, and are few. */
function isTogether(needed: number, apart: number, { count }: Selection): boolean {
  return needed > TOGETHER.factor * apart && count <= TOGETHER.compared;
}

/** Whether the last hit is as near as the one of rank k, so that others as near may have been left out. */
function isCutOff(graph: WalkGraph, { similarities }: GraphHits, k: number, count: number): boolean {
  const kth = similarities[k - 1];
  return kth === undefined || graph.similarityOf(count - 1) >= kth - TIE;
}

/** The best of all parts, and those that are as near as the one of rank k. */
function merged(parts: readonly GraphHits[], k: number, most: number): GraphHits {
  const [first = NONE, second] = parts;
  if (second === undefined) return first;
  const all = parts.flatMap(({ ordinals, similarities }) =>
    ordinals.map((ordinal, at) => ({ ordinal, similarity: similarities[at]! })),
  );
  all.sort((a, b) => b.similarity - a.similarity || a.ordinal - b.ordinal);
  const least = (all[k - 1]?.similarity ?? 0) - TIE;
  const best = all.filter(({ similarity }, rank) => rank < most || similarity >= least);
  return {
    ordinals: best.map(({ ordinal }) => ordinal),
    similarities: best.map(({ similarity }) => similarity),
  };
}

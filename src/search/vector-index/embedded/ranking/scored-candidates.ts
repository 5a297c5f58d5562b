import type { VectorQuery } from '../../vector-index.port.ts';
import type { EntryCatalogue } from '../entries/entry-catalogue.ts';
import { dot } from './cosine.ts';
import type { HeldVectors } from './held-vectors.ts';
import { TopCandidates, type Candidate } from './top-scan.ts';

/** Entries by descending similarity. */
export interface Candidates {
  readonly list: readonly Candidate[];
  /** How far a similarity may be off; 0 if it is the score itself. */
  readonly window: number;
}

/** Scores entries whose vectors are in memory, and keeps the k best. */
export class ScoredCandidates {
  private readonly top: TopCandidates;
  /** The dot product of the query with itself. */
  private readonly square: number;

  constructor(
    private readonly catalogue: EntryCatalogue,
    private readonly held: HeldVectors,
    private readonly query: VectorQuery,
  ) {
    this.top = new TopCandidates(query.k);
    this.square = dot(query.vector, query.vector);
  }

  add(ordinal: number): void {
    const similarity = this.held.cosineTo(this.query.vector, this.square, ordinal);
    if (!this.top.admits(similarity)) return;
    this.top.add({ ordinal, imageId: this.catalogue.imageIdOf(ordinal), similarity });
  }

  best(): Candidates {
    return { list: this.top.best(), window: 0 };
  }
}

import { Injectable } from '@nestjs/common';
import type { ModelIdentity } from '../../embeddings/index.ts';
import { meanWithInterval, type Interval } from '../evaluation/retrieval-metrics.ts';
import { SearchScopes } from '../query/search-scope.ts';
import { SimilarImagesService } from '../query/similar-images.service.ts';
import type { SearchPicture } from '../query/similar-images.ts';
import { noFeedback } from '../search.errors.ts';
import { FeedbackService } from './feedback.service.ts';
import { queryKeyOf, Verdict, type JudgedQuery } from './feedback.ts';

/** Chosen images are looked for among so many hits. */
const DEPTH = 100;

/** A mean over queries, and how many of them it is over; null if it is over none. */
export type MeanOverQueries = (Interval & { readonly queries: number }) | null;

/** How well the index answers queries whose hits people have judged. */
export interface FeedbackEvaluation {
  /** The number of queries that were asked again. */
  readonly queries: number;
  /** The number of queries that cannot be: their pictures have expired, and were searched with under other networks. */
  readonly unavailable: number;
  /** Of the queries that were asked again. */
  readonly relevant: number;
  readonly notRelevant: number;
  readonly chosen: number;
  readonly k: number;
  /** Whether the first hit is relevant, over the queries of which it has been judged. */
  readonly precisionAt1: MeanOverQueries;
  /** The share of relevant hits among the first k that have been judged, over the queries that have such. */
  readonly precisionAtK: MeanOverQueries;
  /** 1 / the rank of the first chosen image, 0 if it is not among the first 100, over the queries with chosen images. */
  readonly meanReciprocalRank: MeanOverQueries;
  readonly model: ModelIdentity;
}

export interface FeedbackEvaluationRequest {
  /** The number of hits to look at, 1 to 100. */
  readonly k: number;
  /** Only so many queries: those about which something was said last. All by default. */
  readonly mostQueries?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number) => void;
}

interface Judgements {
  readonly query: JudgedQuery;
  readonly verdicts: Map<number, Verdict>;
}

/** Asks the queries again that people have judged, and counts where the images are of which they have said something. */
@Injectable()
export class FeedbackEvaluations {
  constructor(
    private readonly feedback: FeedbackService,
    private readonly scopes: SearchScopes,
    private readonly search: SimilarImagesService,
  ) {}

  /** Rejects with `NO_FEEDBACK`, and as `similarImages` does. */
  async evaluate(
    datasetId: number,
    { k, mostQueries = Number.POSITIVE_INFINITY, signal, onProgress }: FeedbackEvaluationRequest,
  ): Promise<FeedbackEvaluation> {
    const { base, model } = await this.scopes.of([datasetId]);
    const judged = (await this.judgements(datasetId)).slice(-mostQueries);
    if (judged.length === 0) throw noFeedback();
    const [firsts, precisions, ranks]: [number[], number[], number[]] = [[], [], []];
    const counts = { [Verdict.RELEVANT]: 0, [Verdict.NOT_RELEVANT]: 0, [Verdict.CHOSEN]: 0 };
    let queries = 0;
    for (const { query, verdicts } of judged) {
      signal?.throwIfAborted();
      const by = await this.pictureOf(query, base.identity.key);
      if (by === undefined) continue;
      const { hits } = await this.search.similarImages(
        { by, datasetIds: [datasetId], k: Math.max(k, DEPTH) },
        signal,
      );
      queries += 1;
      for (const verdict of verdicts.values()) counts[verdict] += 1;
      const ofHits = hits.map(({ image }) => verdicts.get(image.id));
      const isRelevant = (verdict: Verdict | undefined) => Number(verdict !== Verdict.NOT_RELEVANT);
      if (ofHits[0] !== undefined) firsts.push(isRelevant(ofHits[0]));
      const known = ofHits.slice(0, k).filter((verdict) => verdict !== undefined);
      if (known.length > 0) {
        precisions.push(known.reduce((sum, verdict) => sum + isRelevant(verdict), 0) / known.length);
      }
      if ([...verdicts.values()].includes(Verdict.CHOSEN)) {
        const at = ofHits.slice(0, DEPTH).indexOf(Verdict.CHOSEN);
        ranks.push(at === -1 ? 0 : 1 / (at + 1));
      }
      onProgress?.(queries);
    }
    return {
      queries,
      unavailable: judged.length - queries,
      relevant: counts[Verdict.RELEVANT],
      notRelevant: counts[Verdict.NOT_RELEVANT],
      chosen: counts[Verdict.CHOSEN],
      k,
      precisionAt1: meanOf(firsts),
      precisionAtK: meanOf(precisions),
      meanReciprocalRank: meanOf(ranks),
      model,
    };
  }

  /** By query, those with the latest verdicts last. */
  private async judgements(datasetId: number): Promise<Judgements[]> {
    const judged = new Map<string, Judgements>();
    for await (const { query, imageId, verdict } of this.feedback.all(datasetId)) {
      const key = queryKeyOf(query);
      const { verdicts } = judged.get(key) ?? { verdicts: new Map<number, Verdict>() };
      verdicts.set(imageId, verdict);
      judged.delete(key);
      judged.set(key, { query, verdicts });
    }
    return [...judged.values()];
  }

  private async pictureOf(query: JudgedQuery, model: string): Promise<SearchPicture | undefined> {
    if ('imageId' in query) return query;
    const features = (await this.feedback.featuresOf(query)).find((one) => one.model === model);
    return features && { features: features.vector };
  }
}

function meanOf(values: readonly number[]): MeanOverQueries {
  return values.length === 0 ? null : { ...meanWithInterval(values), queries: values.length };
}

import { client } from '../../api/client.ts';
import { codedError, type CodedError } from '../../api/coded-error.ts';
import {
  HitRelationsDocument,
  HitsDocument,
  type HitRelationsQuery,
  type HitsQuery,
  type SimilarImagesInput,
} from '../../api/generated/graphql.ts';

type Relation = HitRelationsQuery['similarImages']['nodes'][number]['relation'];

export type Hit = HitsQuery['similarImages']['nodes'][number] & {
  /** Known of the first hits a moment after they are shown. */
  readonly relation?: Relation;
};

/** No search goes further: the API's limit. */
export const MOST_HITS = 10_000;
const FIRST_PAGE = 60;
const PAGE = 200;
const LARGEST_PAGE = 500;
/** Copies of a picture are its first hits. To find them, all of these have to be decoded once. */
const RELATED = 30;

export interface HitsSnapshot {
  readonly hits: readonly Hit[];
  readonly isLoading: boolean;
  readonly isComplete: boolean;
  readonly error?: CodedError;
  /** Of the first page. */
  readonly tookMs?: number;
  readonly exact?: boolean;
  readonly model?: string;
}

/**
 * The hits of one search, page after page. They are kept outside the cache of Apollo Client, which would compare and
 * copy a list of ten thousand each time it grows.
 */
export class HitList {
  private state: HitsSnapshot = { hits: [], isLoading: false, isComplete: false };
  private cursor: string | null = null;
  private request: AbortController | undefined;
  private readonly listeners = new Set<() => void>();
  readonly madeAt = Date.now();

  constructor(private readonly search: SimilarImagesInput) {}

  readonly snapshot = (): HitsSnapshot => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Begins, unless that has been done. `atLeast` is the number of hits that are needed soon. */
  start(atLeast = 0): void {
    if (this.state.hits.length === 0 && !this.state.isComplete && this.state.error === undefined) {
      void this.load(Math.min(LARGEST_PAGE, Math.max(FIRST_PAGE, atLeast)));
    }
  }

  /** Asks for the next page, unless it is on its way, there is none, or the one before failed. */
  readonly more = (): void => {
    if (this.state.error === undefined && this.cursor !== null) void this.load(PAGE);
  };

  /** After an error: asks again. */
  readonly retry = (): void => {
    this.become({ error: undefined });
    void this.load(this.cursor === null ? FIRST_PAGE : PAGE);
  };

  /** Nobody waits for an answer any more. */
  stop(): void {
    if (!this.state.isLoading) return;
    this.request?.abort();
    this.request = undefined;
    this.become({ isLoading: false });
  }

  private async load(first: number): Promise<void> {
    if (this.state.isLoading || this.state.isComplete) return;
    const request = new AbortController();
    this.request = request;
    this.become({ isLoading: true });
    try {
      const { data } = await client.query({
        query: HitsDocument,
        variables: {
          ...this.search,
          collapseDuplicates: this.search.collapseDuplicates ?? false,
          grouped: this.search.groupBy != null,
          first: Math.min(first, MOST_HITS - this.state.hits.length),
          after: this.cursor,
        },
        fetchPolicy: 'no-cache',
        context: { fetchOptions: { signal: request.signal }, queryDeduplication: false },
      });
      if (this.request !== request || data === undefined) return;
      const isFirst = this.cursor === null;
      this.take(data.similarImages);
      if (isFirst) void this.relate(request.signal);
    } catch (error) {
      if (this.request !== request) return;
      this.become({ isLoading: false, error: codedError(error) });
    }
  }

  /** Tells copies from other hits, once those are there. Without an answer, none is said to be a copy. */
  private async relate(signal: AbortSignal): Promise<void> {
    const { collapseDuplicates, ...search } = this.search;
    try {
      const { data } = await client.query({
        query: HitRelationsDocument,
        variables: { ...search, collapseDuplicates: collapseDuplicates ?? false, first: RELATED },
        fetchPolicy: 'no-cache',
        context: { fetchOptions: { signal }, queryDeduplication: false },
      });
      const relations = new Map(data?.similarImages.nodes.map(({ image, relation }) => [image.id, relation]));
      const hits = this.state.hits.map((hit) => {
        const relation = relations.get(hit.image.id);
        return relation === undefined || relation.kind === 'SIMILAR' ? hit : { ...hit, relation };
      });
      this.become({ hits });
    } catch {
      // The hits themselves tell whether the service can be reached.
    }
  }

  private take({ nodes, pageInfo, tookMs, exact, model }: HitsQuery['similarImages']): void {
    const hits = [...this.state.hits, ...nodes];
    this.cursor = pageInfo.endCursor;
    this.become({
      hits,
      isLoading: false,
      isComplete: !pageInfo.hasNextPage || hits.length >= MOST_HITS,
      ...(this.state.tookMs === undefined && { tookMs, exact, model: model.spec }),
    });
  }

  private become(change: Partial<HitsSnapshot>): void {
    this.state = { ...this.state, ...change };
    this.listeners.forEach((listener) => listener());
  }
}

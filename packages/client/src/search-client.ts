import { Connection } from './connection.ts';
import {
  AddQueryPictureDocument,
  DeleteFeedbackDocument,
  EmbeddingDocument,
  EmbeddingModelsDocument,
  ExplainDocument,
  FeedbackDocument,
  RecordFeedbackDocument,
  SearchBatchDocument,
  SearchDocument,
  type EmbeddingQueryVariables,
  type ExplainQueryVariables,
  type RecordFeedbackInput,
  type SimilarImagesInput,
} from './generated/graphql.ts';
import type { RequestOptions } from './http-connection.ts';
import { Pages, type CountedPages } from './pages.ts';
import type { UploadInput } from './scalars.ts';
import type * as t from './types.ts';

/** Searches with pictures, images and examples. */
export class SearchClient extends Connection {
  /**
   * Keeps a picture on the service for a while, to search with its id as often as you like.
   *
   * @example
   *     const { id } = await client.addQueryPicture(input.files[0]);
   *     const { nodes } = await client.search({ by: { queryPictureId: id } });
   */
  async addQueryPicture(
    picture: UploadInput | { readonly url: string },
    options?: RequestOptions,
  ): Promise<t.QueryPicture> {
    const input = isAddress(picture) ? { url: picture.url } : { upload: picture };
    return (await this.request(AddQueryPictureDocument, { input }, options)).addQueryPicture;
  }

  /**
   * The hits on one page: the first, or the one after the cursor `after`.
   *
   * @example
   *     await client.search({ by: { upload: file } });
   *     await client.search({ by: { image: { id: 'Image:12' } }, minScore: 0.5 });
   *     await client.search({ by: { text: 'red coat' } });
   *     await client.search({ by: { queryPictureId }, minConfidence: 0.8, related: true });
   *     await client.search({
   *       by: { examples: [{ queryPictureId }, { image: { id: 'Image:12' }, weight: -0.5 }] },
   *       datasets: ['shoes'],
   *       filter: { and: [{ labels: ['boots'] }, { attribute: { name: 'price', lt: 100 } }] },
   *       groupBy: { attribute: 'product' },
   *       facets: [{ labels: true }],
   *       attributes: ['price'],
   *     });
   */
  async search(search: t.Search, options?: RequestOptions): Promise<t.SearchPage> {
    const grouped = search.groupBy != null;
    return (await this.request(SearchDocument, { ...search, grouped }, options)).similarImages;
  }

  /**
   * All hits, up to 10,000, which are fetched as you need them; `first` is the size of a page. To page through the hits
   * of a file, add it with `addQueryPicture`; otherwise it is sent again for each page.
   *
   * @example
   *     for await (const hit of client.hits({ by: { queryPictureId: id }, first: 50 })) {
   *       if (hit.score < 0.5) break;
   *     }
   */
  hits(search: t.Search, options?: RequestOptions): Pages<t.Hit, t.SearchPage> {
    return new Pages((after = search.after ?? undefined) => this.search({ ...search, after }, options));
  }

  /**
   * Up to 100 searches at once. A search that fails does not affect the others.
   *
   * @example
   *     for (const result of await client.searchBatch([{ by: { image: { id: 'Image:1' } } }])) {
   *       if (result.__typename === 'SearchRejection') console.error(errorOf(result));
   *       else console.log(result.nodes);
   *     }
   */
  async searchBatch(
    searches: readonly SimilarImagesInput[],
    {
      attributes,
      related = false,
      ...options
    }: RequestOptions & { readonly attributes?: readonly string[]; readonly related?: boolean } = {},
  ): Promise<readonly t.BatchResult[]> {
    const grouped = searches.some(({ groupBy }) => groupBy != null);
    const data = await this.request(SearchBatchDocument, { searches, attributes, grouped, related }, options);
    return data.similarImagesBatch;
  }

  /**
   * Which parts of a picture and of a hit make them alike: how the score is divided among the cells of both, and heat
   * maps of it, unless `heatMaps` is false. With `overlay`, they are transparent, to lay them over the pictures.
   *
   * @example
   *     const { query, hit } = await client.explain({ by: { queryPictureId }, image: { id: 'Image:12' } });
   *     const address = client.addressOf(hit.heatMapUrl!);
   */
  async explain(query: ExplainQueryVariables, options?: RequestOptions): Promise<t.Explanation> {
    return (await this.request(ExplainDocument, query, options)).explain;
  }

  /** The vector of a picture, or of several examples, for use outside Lookalike. */
  async embedding(query: EmbeddingQueryVariables, options?: RequestOptions): Promise<t.Embedding> {
    return (await this.request(EmbeddingDocument, query, options)).embedding;
  }

  /**
   * Records what somebody thinks of a hit, in place of an earlier verdict about the same query and image.
   *
   * @example
   *     await client.recordFeedback({ query: { queryPictureId }, image: { id: hit.image.id }, verdict: 'CHOSEN' });
   */
  async recordFeedback(feedback: RecordFeedbackInput, options?: RequestOptions): Promise<t.Feedback> {
    return (await this.request(RecordFeedbackDocument, { input: feedback }, options)).recordFeedback;
  }

  /** All verdicts about the images of a dataset, oldest first, which are fetched as you need them. */
  feedback(dataset: string, options?: RequestOptions): CountedPages<t.Feedback> {
    return new Pages(async (after) => {
      return (await this.request(FeedbackDocument, { dataset, first: 100, after }, options)).feedback;
    });
  }

  /** Deletes verdicts. Returns the ids of those that existed. */
  async deleteFeedback(ids: readonly string[], options?: RequestOptions): Promise<readonly string[]> {
    return (await this.request(DeleteFeedbackDocument, { ids: [...ids] }, options)).deleteFeedback.deletedIds;
  }

  /** The models that `buildIndex` can use. */
  async embeddingModels(options?: RequestOptions): Promise<readonly t.EmbeddingModel[]> {
    return (await this.request(EmbeddingModelsDocument, {}, options)).embeddingModels;
  }
}

function isAddress(picture: UploadInput | { readonly url: string }): picture is { readonly url: string } {
  return 'url' in picture;
}

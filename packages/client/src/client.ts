import {
  AddQueryPictureDocument,
  BuildIndexDocument,
  CancelJobDocument,
  CreateDatasetDocument,
  DatasetDocument,
  DatasetsDocument,
  DeleteDatasetDocument,
  DeleteImagesDocument,
  DropReplacedIndexesDocument,
  DuplicatesDocument,
  EmbeddingDocument,
  EmbeddingModelsDocument,
  ImageDocument,
  ImagesDocument,
  ImportDatasetDocument,
  JobDocument,
  JobFailuresDocument,
  JobProgressDocument,
  JobsDocument,
  PreviewImportDocument,
  PutImagesDocument,
  RetryFailedDownloadsDocument,
  SearchBatchDocument,
  SearchDocument,
  UpdateImagesDocument,
  type BuildIndexInput,
  type DuplicatesQueryVariables,
  type EmbeddingQueryVariables,
  type ImageRef,
  type ImportDatasetInput,
  type JobsQueryVariables,
  type PutImageInput,
  type SimilarImagesInput,
  type UpdateImageInput,
} from './generated/graphql.ts';
import { Connection } from './connection.ts';
import type { RequestOptions } from './http-connection.ts';
import { hasEnded, jobProgress } from './job-progress.ts';
import { errorClass, errorOf } from './lookalike-error.ts';
import { Pages, type Page } from './pages.ts';
import type { UploadInput } from './scalars.ts';
import type * as t from './types.ts';

/**
 * A client of one Lookalike service, for browsers and Node. Its methods have the names of the operations of the API, and
 * `request` sends any other operation.
 *
 * All methods throw a `LookalikeError`, and take a `signal` that cancels them.
 *
 * @example
 *     import { LookalikeClient } from '@lookalike/client';
 *
 *     const client = new LookalikeClient({ url: 'http://127.0.0.1:3000/graphql' });
 *     const { nodes } = await client.search({ by: { image: { dataset: 'shoes', externalId: 'sku-1' } }, first: 5 });
 *     for (const { score, image } of nodes) console.log(score, image.externalId, client.addressOf(image.url));
 */
export class LookalikeClient extends Connection {
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
    { attributes, ...options }: RequestOptions & { readonly attributes?: readonly string[] } = {},
  ): Promise<readonly t.BatchResult[]> {
    const grouped = searches.some(({ groupBy }) => groupBy != null);
    const data = await this.request(SearchBatchDocument, { searches, attributes, grouped }, options);
    return data.similarImagesBatch;
  }

  /** The vector of a picture, or of several examples, for use outside Lookalike. */
  async embedding(query: EmbeddingQueryVariables, options?: RequestOptions): Promise<t.Embedding> {
    return (await this.request(EmbeddingDocument, query, options)).embedding;
  }

  /** The models that `buildIndex` can use. */
  async embeddingModels(options?: RequestOptions): Promise<readonly t.EmbeddingModel[]> {
    return (await this.request(EmbeddingModelsDocument, {}, options)).embeddingModels;
  }

  /** One image with all of its attributes; null if there is none. */
  async image(ref: ImageRef, options?: RequestOptions): Promise<t.ImageWithAttributes | null> {
    return (await this.request(ImageDocument, ref, options)).image;
  }

  /** The images of a dataset, given by its id or name, in the order in which they were added. */
  images(
    dataset: string,
    { attributes, ...images }: t.ImagesOptions = {},
    options?: RequestOptions,
  ): Pages<t.ImageWithAttributes, Page<t.ImageWithAttributes> & { readonly totalCount: number }> {
    return new Pages(async (after = images.after ?? undefined) => {
      const variables = { first: 100, ...images, dataset, attributes, after };
      return (await this.request(ImagesDocument, variables, options)).images;
    });
  }

  /** Groups of images that are the same or look the same, the largest first. */
  duplicates(
    dataset: string,
    groups: Omit<DuplicatesQueryVariables, 'dataset'> = {},
    options?: RequestOptions,
  ): Pages<t.DuplicateGroup, Page<t.DuplicateGroup> & { readonly totalCount: number }> {
    return new Pages(async (after = groups.after ?? undefined) => {
      return (await this.request(DuplicatesDocument, { ...groups, dataset, after }, options)).duplicates;
    });
  }

  /**
   * Creates images, or replaces those with the same external ids. One result for each, in order; repeating it changes
   * nothing. A request may contain 10 files, unless the service is configured otherwise.
   *
   * @example
   *     const [result] = await client.putImages('shoes', [
   *       { externalId: 'sku-1', upload: file, labels: ['boots'], attributes: [{ name: 'price', value: 79.9 }] },
   *     ]);
   */
  async putImages(
    dataset: string,
    images: readonly PutImageInput[],
    options?: RequestOptions,
  ): Promise<readonly t.EditResult[]> {
    return (await this.request(PutImagesDocument, { dataset, images }, options)).putImages.results;
  }

  /**
   * Changes labels and attributes, and not the pictures. One result for each image, in order.
   *
   * @example
   *     await client.updateImages([{ image: { dataset: 'shoes', externalId: 'sku-1' }, addLabels: ['sale'] }]);
   */
  async updateImages(
    images: readonly UpdateImageInput[],
    options?: RequestOptions,
  ): Promise<readonly t.EditResult[]> {
    return (await this.request(UpdateImagesDocument, { images }, options)).updateImages.results;
  }

  /** Deletes images. One result for each, in order. */
  async deleteImages(
    images: readonly ImageRef[],
    options?: RequestOptions,
  ): Promise<readonly t.DeleteResult[]> {
    return (await this.request(DeleteImagesDocument, { images }, options)).deleteImages.results;
  }

  /** A dataset, given by its id or name, with its labels and attributes; null if there is none. */
  async dataset(dataset: string, options?: RequestOptions): Promise<t.DatasetDetails | null> {
    return (await this.request(DatasetDocument, { dataset }, options)).dataset;
  }

  /** All datasets in the order of their creation. */
  datasets(options?: RequestOptions): Pages<t.Dataset, Page<t.Dataset> & { readonly totalCount: number }> {
    return new Pages(async (after) => (await this.request(DatasetsDocument, { after }, options)).datasets);
  }

  /** Creates an empty dataset. One that has this name already stays as it is. */
  async createDataset(name: string, options?: RequestOptions): Promise<t.Dataset> {
    return (await this.request(CreateDatasetDocument, { name }, options)).createDataset;
  }

  /** Starts a job that deletes a dataset with its images and its index. */
  async deleteDataset(dataset: string, options?: RequestOptions): Promise<t.Job> {
    return (await this.request(DeleteDatasetDocument, { dataset }, options)).deleteDataset;
  }

  /** Counts what an import would fetch, and changes nothing. */
  async previewImport(input: ImportDatasetInput, options?: RequestOptions): Promise<t.ImportPreview> {
    return (await this.request(PreviewImportDocument, { input }, options)).previewImport;
  }

  /**
   * Starts an import from annotations or a folder.
   *
   * @example
   *     const job = await client.importDataset({ dataset: 'shoes', annotationsUrl: 'https://example.com/shoes.csv' });
   *     await client.finished(job);
   */
  async importDataset(input: ImportDatasetInput, options?: RequestOptions): Promise<t.Job> {
    return (await this.request(ImportDatasetDocument, { input }, options)).importDataset;
  }

  /** Starts a job that retries failed downloads: all of them, or those that failed for one of these reasons. */
  async retryFailedDownloads(
    dataset: string,
    reasons?: readonly string[],
    options?: RequestOptions,
  ): Promise<t.Job> {
    const data = await this.request(RetryFailedDownloadsDocument, { dataset, reasons }, options);
    return data.retryFailedDownloads;
  }

  /** Starts a job that builds the index of a dataset, or brings it up to date. */
  async buildIndex(input: BuildIndexInput, options?: RequestOptions): Promise<t.Job> {
    return (await this.request(BuildIndexDocument, { input }, options)).buildIndex;
  }

  /** Drops the indexes that have been replaced, and returns their number. */
  async dropReplacedIndexes(dataset: string, options?: RequestOptions): Promise<number> {
    return (await this.request(DropReplacedIndexesDocument, { dataset }, options)).dropReplacedIndexes;
  }

  /** A job as it is now; null if there is none. */
  async job(job: t.JobRef, options?: RequestOptions): Promise<t.Job | null> {
    return (await this.request(JobDocument, { id: idOf(job) }, options)).job;
  }

  /** All jobs, or those in one state, newest first. */
  jobs(
    jobs: Omit<JobsQueryVariables, 'after'> = {},
    options?: RequestOptions,
  ): Pages<t.Job, Page<t.Job> & { readonly totalCount: number }> {
    return new Pages(async (after) => (await this.request(JobsDocument, { ...jobs, after }, options)).jobs);
  }

  /** The items that a job could not process; none if there is no such job. */
  jobFailures(job: t.JobRef, options?: RequestOptions): Pages<t.JobFailure> {
    const none = { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };
    return new Pages(async (after) => {
      const data = await this.request(JobFailuresDocument, { id: idOf(job), first: 100, after }, options);
      return data.job?.failures ?? none;
    });
  }

  /**
   * A job as it is now, and after each change until it has ended, at most twice per second. Without a WebSocket, the job
   * is asked for every second (`pollEveryMs`). Leaving the loop does not cancel the job.
   *
   * @example
   *     for await (const { state, done, total } of client.watchJob(job)) console.log(state, done, total);
   */
  watchJob(
    job: t.JobRef,
    options: RequestOptions & { readonly pollEveryMs?: number } = {},
  ): AsyncGenerator<t.Job, void, undefined> {
    const id = idOf(job);
    const { signal } = options;
    const subscribe = async function* (this: LookalikeClient) {
      for await (const { jobProgress } of this.subscribe(JobProgressDocument, { id }, { signal }))
        yield jobProgress;
    }.bind(this);
    return jobProgress(id, { subscribe, read: () => this.job(id, { signal }) }, options);
  }

  /**
   * Waits until a job has succeeded. If it fails, throws the error of its code, and `JobCancelledError` if it was
   * cancelled.
   *
   * @example
   *     await client.finished(await client.buildIndex({ dataset: 'shoes' }), { signal: AbortSignal.timeout(60_000) });
   */
  async finished(
    job: t.JobRef,
    options?: RequestOptions & { readonly pollEveryMs?: number },
  ): Promise<t.Job> {
    for await (const state of this.watchJob(job, options)) {
      if (!hasEnded(state)) continue;
      if (state.state === 'SUCCEEDED') return state;
      const details = { job: state.id };
      if (state.error !== null) throw errorOf(state.error, { details });
      if (state.state === 'CANCELLED')
        throw new (errorClass('JOB_CANCELLED'))(`${state.id} was cancelled.`, { details });
    }
    throw new (errorClass('JOB_FAILED'))(`${idOf(job)} failed without a reason.`, {
      details: { job: idOf(job) },
    });
  }

  /** Cancels a job: immediately if it is queued, within a second if it is running. What it has finished stays. */
  async cancelJob(job: t.JobRef, options?: RequestOptions): Promise<t.Job> {
    return (await this.request(CancelJobDocument, { id: idOf(job) }, options)).cancelJob;
  }
}

function idOf(job: t.JobRef): string {
  return typeof job === 'string' ? job : job.id;
}

function isAddress(picture: UploadInput | { readonly url: string }): picture is { readonly url: string } {
  return 'url' in picture;
}

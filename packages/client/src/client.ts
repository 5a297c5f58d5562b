import { CatalogueClient } from './catalogue-client.ts';
import {
  BuildIndexDocument,
  CancelJobDocument,
  CreateStageDocument,
  DeleteDatasetDocument,
  DiscardStageDocument,
  DropReplacedIndexesDocument,
  ImportDatasetDocument,
  JobDocument,
  JobFailuresDocument,
  JobProgressDocument,
  JobsDocument,
  PreviewImportDocument,
  RetryFailedDownloadsDocument,
  StageFilesDocument,
  type BuildIndexInput,
  type ImportDatasetInput,
  type JobsQueryVariables,
  type StagedFileInput,
} from './generated/graphql.ts';
import type { RequestOptions } from './http-connection.ts';
import { hasEnded, jobProgress } from './job-progress.ts';
import { errorClass, errorOf } from './lookalike-error.ts';
import { Pages, type CountedPages } from './pages.ts';
import type * as t from './types.ts';

/** What the service takes at most. */
const FILES_PER_REQUEST = 50;

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
export class LookalikeClient extends CatalogueClient {
  /** Starts a job that deletes a dataset with its images and its index. */
  async deleteDataset(dataset: string, options?: RequestOptions): Promise<t.Job> {
    return (await this.request(DeleteDatasetDocument, { dataset }, options)).deleteDataset;
  }

  /** Creates an empty stage: a folder on the service for the files of an import, until it has ended. */
  async createStage(options?: RequestOptions): Promise<t.Stage> {
    return (await this.request(CreateStageDocument, {}, options)).createStage;
  }

  /**
   * Adds files to a stage, in as many requests as it takes. They may come from an iterable that reads them on the way.
   *
   * @example
   *     const { id } = await client.createStage();
   *     await client.stageFiles(id, [{ path: 'boots/1.jpg', upload: file }]);
   *     await client.finished(await client.importDataset({ dataset: 'shoes', stage: id }));
   */
  async stageFiles(
    stage: string,
    files: Iterable<StagedFileInput> | AsyncIterable<StagedFileInput>,
    options?: RequestOptions,
  ): Promise<void> {
    let some: StagedFileInput[] = [];
    const send = () => this.request(StageFilesDocument, { stage, files: some }, options);
    for await (const file of files) {
      some.push(file);
      if (some.length < FILES_PER_REQUEST) continue;
      await send();
      some = [];
    }
    if (some.length > 0) await send();
  }

  /** Removes a stage and its files without importing them. */
  async discardStage(stage: string, options?: RequestOptions): Promise<void> {
    await this.request(DiscardStageDocument, { stage }, options);
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
  jobs(jobs: Omit<JobsQueryVariables, 'after'> = {}, options?: RequestOptions): CountedPages<t.Job> {
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
   * is asked for every second (`pollEveryMs`). The service may be away for a minute, for instance to be restarted. Leaving
   * the loop does not cancel the job.
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

import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { globalId, messageOf } from '../common/index.ts';
import { configInvalid } from '../config/index.ts';
import { Database, SoleWorker } from '../database/index.ts';
import { DatasetsService, SyncRuns } from '../datasets/index.ts';
import { Downloader } from '../downloads/index.ts';
import { JobQueue, type Job } from '../jobs/index.ts';
import { keyOf, signedHeaders } from './signature.ts';
import { WebhookRepository, type WebhookMessage } from './webhook.repository.ts';
import { WebhooksConfig } from './webhooks.config.ts';

const PAGE = 100;
/** How many messages are under way at the same time. */
const AT_A_TIME = 4;
/** How many wait to be sent; above that, the oldest are given up. */
const MOST_MESSAGES = 10_000;
const TIMEOUT_MS = 15_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How long to wait after each failed attempt: about two days altogether. */
const WAITS_MS = [
  5_000,
  30_000,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  24 * HOUR_MS,
];
/** Of a server that was off, or had no webhook, for longer than this, old ends are no news. */
const NEWS_MS = 48 * HOUR_MS;

/**
 * Sends a signed message when a job has ended, in whichever process, and again after failures, also over restarts. Of
 * several servers on the data folder, the one that holds a lock sends.
 */
@Injectable()
export class Webhook {
  /** Milliseconds since the epoch; replaced in tests. */
  now: () => number = () => Date.now();
  private readonly logger = new Logger('Webhook');
  private readonly worker: SoleWorker;

  constructor(
    private readonly config: WebhooksConfig,
    private readonly repository: WebhookRepository,
    private readonly jobs: JobQueue,
    private readonly datasets: DatasetsService,
    private readonly syncs: SyncRuns,
    private readonly downloader: Downloader,
    database: Database,
  ) {
    this.worker = new SoleWorker(
      database,
      'webhook',
      () => this.sendDue(),
      (fault) => this.logger.error(`Messages about jobs cannot be sent; retrying until it works. ${fault}`),
    );
  }

  /** Throws `CONFIG_INVALID` for settings with which nothing can be sent. Does nothing without a URL. */
  start(): void {
    if (this.target() !== undefined) this.worker.start();
  }

  /** Messages that are under way are sent again at the next start. */
  async stop(): Promise<void> {
    await this.worker.stop();
  }

  /** Sends what is due, if this process is the one to do it. */
  async send(): Promise<void> {
    await this.worker.act();
  }

  private async sendDue(): Promise<void> {
    const target = this.target();
    if (target === undefined) return;
    await this.takeEndings();
    for (;;) {
      const due = await this.repository.listDue(this.now(), AT_A_TIME);
      if (due.length === 0 || this.worker.signal.aborted) return;
      await Promise.all(due.map((message) => this.sendOne(target, message)));
    }
  }

  private target(): { readonly url: string; readonly key: Buffer } | undefined {
    const { WEBHOOK_URL: url, WEBHOOK_SECRET: secret } = this.config;
    if (url === undefined) return undefined;
    // The secret itself must not be printed.
    const key = secret === undefined ? undefined : keyOf(secret);
    if (key === undefined) {
      throw configInvalid(
        'WEBHOOK_URL needs a WEBHOOK_SECRET: "whsec_" and 24 to 64 bytes in Base64, as "openssl rand -base64 32" prints them.',
        ['WEBHOOK_SECRET'],
      );
    }
    try {
      this.downloader.check(url);
    } catch (error) {
      throw configInvalid(`WEBHOOK_URL cannot be used. ${messageOf(error)}`, ['WEBHOOK_URL']);
    }
    return { url, key };
  }

  /** Makes messages about the jobs that have ended since the last time; of those before the first time, none. */
  private async takeEndings(): Promise<void> {
    const known = await this.repository.lastEnding();
    if (known === undefined) {
      await this.repository.add([], await this.jobs.lastEnding(), this.now(), MOST_MESSAGES);
      return;
    }
    for (let last = known; ;) {
      const endings = await this.jobs.endingsAfter(last, PAGE);
      if (endings.length === 0) return;
      last = endings.at(-1)?.ending ?? last;
      const news = endings.filter(({ job }) => this.now() - (job.finishedAt?.getTime() ?? 0) < NEWS_MS);
      const messages = await Promise.all(news.map(({ job }) => this.messageAbout(job)));
      await this.repository.add(messages, last, this.now(), MOST_MESSAGES);
    }
  }

  private async messageAbout(job: Job): Promise<{ messageId: string; body: string }> {
    const { id, kind, datasetId, state, total, done, failed, error } = job;
    const dataset = await this.datasets.find(datasetId);
    const syncResult = (await this.syncs.findResult(id)) ?? null;
    const data = {
      job: {
        id: globalId('Job', id),
        kind,
        state,
        total,
        done,
        failed,
        error,
        createdAt: job.createdAt,
        startedAt: job.startedAt,
        finishedAt: job.finishedAt,
      },
      dataset: { id: globalId('Dataset', datasetId), name: dataset?.name ?? null },
      syncResult,
    };
    const timestamp = (job.finishedAt ?? new Date(this.now())).toISOString();
    return { messageId: `msg_${randomUUID()}`, body: JSON.stringify({ type: 'job.ended', timestamp, data }) };
  }

  private async sendOne(
    { url, key }: { readonly url: string; readonly key: Buffer },
    { id, messageId, body, attempts }: WebhookMessage,
  ): Promise<void> {
    const { signal } = this.worker;
    try {
      const headers = {
        'content-type': 'application/json',
        ...signedHeaders(key, { id: messageId, body, at: new Date(this.now()) }),
      };
      await this.downloader.post(url, body, { headers, signal, timeoutMs: TIMEOUT_MS });
    } catch (error) {
      if (signal.aborted) return;
      await this.postpone(id, attempts + 1, messageOf(error));
      return;
    }
    await this.repository.delete(id);
  }

  private async postpone(id: number, failed: number, problem: string): Promise<void> {
    const wait = WAITS_MS[failed - 1];
    if (wait === undefined) {
      this.logger.error(`A message about a job is given up after ${failed} attempts. ${problem}`);
      await this.repository.delete(id);
      return;
    }
    if (failed === 1) this.logger.warn(`A message about a job is sent again later. ${problem}`);
    await this.repository.postpone(id, failed, this.now() + wait);
  }
}

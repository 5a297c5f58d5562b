import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, ValidationPipe, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.ts';
import { isSystemError } from './common/index.ts';
import { UploadLimitsConfig } from './config/index.ts';
import { SourceScheduler } from './datasets/index.ts';
import { JobRunner } from './jobs/index.ts';
import { installPages, PagesConfig } from './pages/index.ts';
import { SimilarImagesService } from './search/index.ts';
import { Webhook } from './webhooks/index.ts';
import {
  assertHostAllowed,
  closeServer,
  type GraphqlSockets,
  graphqlSocketsOf,
  hostGuard,
  hostUnavailable,
  MAX_MESSAGE_BYTES,
  portInUse,
  ServerConfig,
  uploadGuard,
} from './http/index.ts';

/** How long requests that are under way may take to finish once the server closes. */
const REQUESTS_GRACE_MS = 5_000;
/** How long running jobs may take to stop: one inside a native call cannot be interrupted. */
const JOBS_GRACE_MS = 6_000;
/** How long everything else may take to let go. */
const APPS_GRACE_MS = 2_000;

export interface Server {
  /** `http://127.0.0.1:3000` */
  readonly url: string;
  /** Whether browsers find a page at `/`. */
  readonly showsPage: boolean;
  readonly app: NestExpressApplication;
  /**
   * Finishes what is under way, puts jobs back in the queue, and releases everything. Resolves within nine
   * seconds whatever is going on: connections that take longer are cut off, and jobs that do are left to
   * resume at the next start.
   */
  close(): Promise<void>;
}

/**
 * Starts the service: all apps, HTTP, the job runner and the scheduler of sources.
 *
 * `environment` holds the settings. Rejects with a coded error for whatever keeps it from
 * starting: `CONFIG_INVALID`, `HOST_REFUSED`, `PORT_IN_USE`, `DATABASE_CORRUPT`, `MODEL_FILE_DAMAGED` …
 */
export async function startServer(
  environment: Readonly<Record<string, string | undefined>>,
  logger?: LoggerService | false,
): Promise<Server> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(environment), {
    abortOnError: false,
    ...(logger === undefined ? {} : { logger }),
  });
  try {
    const config = app.get(ServerConfig);
    assertHostAllowed(config);

    app.disable('x-powered-by');
    app.enableCors({ origin: config.CORS_ORIGINS, maxAge: 600 });
    app.use(hostGuard(config));
    installPages(app);
    app.use('/graphql', uploadGuard(app.get(UploadLimitsConfig)));
    app.useBodyParser('json', { limit: MAX_MESSAGE_BYTES });
    app.useGlobalPipes(new ValidationPipe({ whitelist: true, transform: true }));
    // The first query shall not wait for the network or the index, nor be the one to tell what is wrong with them.
    await app.get(SimilarImagesService).warmUp();
    await app.init();
    const sockets = graphqlSocketsOf(app);
    sockets.attach(app.getHttpServer());
    await listen(app, config);

    const webhook = app.get(Webhook);
    webhook.start();

    const runner = app.get(JobRunner);
    runner.start();
    const scheduler = app.get(SourceScheduler);
    scheduler.start();
    // Each puts work back, or lets go of it, at the next point where it can.
    const stopWork = () => Promise.all([runner.stop(), scheduler.stop(), webhook.stop()]);
    let closing: Promise<void> | undefined;
    return {
      url: addressOf(app),
      showsPage: app.get(PagesConfig).PAGE,
      app,
      close: () => (closing ??= close(app, sockets, stopWork)),
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function close(
  app: NestExpressApplication,
  sockets: GraphqlSockets,
  stopWork: () => Promise<unknown>,
): Promise<void> {
  const [, jobs] = await Promise.all([
    closeServer(app.getHttpServer(), sockets, REQUESTS_GRACE_MS),
    within(JOBS_GRACE_MS, stopWork()),
  ]);
  const apps = await within(APPS_GRACE_MS, app.close());
  const logger = new Logger('Server');
  if (!jobs) logger.warn('Some jobs did not stop in time. They resume at the next start.');
  if (!apps) logger.warn('Not everything was released in time. Nothing that was stored is lost.');
}

/** Waits for the work for so long; resolves with whether it has ended. Rejects as it does. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(ms, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    timer.abort();
  }
}

async function listen(app: NestExpressApplication, config: ServerConfig): Promise<void> {
  try {
    await app.listen(config.PORT, config.HOST);
  } catch (error) {
    if (isSystemError(error, 'EADDRINUSE')) {
      throw portInUse(config.PORT, config.HOST);
    }
    if (isSystemError(error, 'EADDRNOTAVAIL', 'EACCES', 'ENOTFOUND')) {
      throw hostUnavailable(config.HOST, config.PORT, error.code);
    }
    throw error;
  }
}

function addressOf(app: NestExpressApplication): string {
  const address = app.getHttpServer().address() as { address: string; port: number; family: string };
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

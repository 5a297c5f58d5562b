import { ValidationPipe, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.ts';
import { AppError, isSystemError, JsonErrorFilter } from './common/index.ts';
import { UploadLimitsConfig } from './config/index.ts';
import { JobRunner } from './jobs/index.ts';
import { SearchService } from './search/index.ts';
import { assertHostAllowed, hostGuard, ServerConfig, uploadGuard } from './http/index.ts';

const MAX_JSON_BYTES = '256kb';

export interface Server {
  /** `http://127.0.0.1:3000` */
  readonly url: string;
  readonly app: NestExpressApplication;
  /** Finishes what is under way, puts jobs back to the queue, and lets go of everything. */
  close(): Promise<void>;
}

/**
 * Starts the service: all apps, HTTP and the job runner.
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
    app.use('/graphql', uploadGuard(app.get(UploadLimitsConfig)));
    app.useBodyParser('json', { limit: MAX_JSON_BYTES });
    app.useGlobalPipes(new ValidationPipe({ whitelist: true, transform: true }));
    app.useGlobalFilters(new JsonErrorFilter());
    // The first query shall not wait for the network or the index, nor be the one to tell what is wrong with them.
    await app.get(SearchService).open();
    await listen(app, config);

    const runner = app.get(JobRunner);
    runner.start();
    return {
      url: addressOf(app),
      app,
      close: async () => {
        await runner.stop();
        await app.close();
      },
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function listen(app: NestExpressApplication, config: ServerConfig): Promise<void> {
  try {
    await app.listen(config.PORT, config.HOST);
  } catch (error) {
    if (isSystemError(error, 'EADDRINUSE')) {
      throw new AppError(
        'PORT_IN_USE',
        `Port ${config.PORT} of ${config.HOST} is taken. Stop what listens there, or set PORT to another.`,
        { port: config.PORT },
      );
    }
    if (isSystemError(error, 'EADDRNOTAVAIL', 'EACCES', 'ENOTFOUND')) {
      throw new AppError(
        'HOST_UNAVAILABLE',
        `The service cannot listen on ${config.HOST}:${config.PORT} (${error.code}).`,
      );
    }
    throw error;
  }
}

function addressOf(app: NestExpressApplication): string {
  const address = app.getHttpServer().address() as { address: string; port: number; family: string };
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

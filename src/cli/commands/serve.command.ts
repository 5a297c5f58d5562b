import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import type { LoggerService } from '@nestjs/common';
import type { Command } from 'commander';
import type { Server } from '../../server.ts';
import { interruptible } from '../interruption.ts';
import { addExamples, wholeNumber } from '../options.ts';

interface ServeOptions {
  readonly port?: number;
  readonly host?: string;
}

export function addServe(program: Command): void {
  const command = program
    .command('serve')
    .description('Start the service: the GraphQL API and the page for browsers.')
    .option(
      '-p, --port <port>',
      'port to listen on (default: PORT, or 3000)',
      wholeNumber({ min: 0, max: 65_535 }),
    )
    .option('--host <address>', 'address to listen on (default: HOST, or 127.0.0.1)')
    .action(serve);
  addExamples(command, 'serve', 'serve --port 8080');
}

/** Serves until a signal arrives; then requests that are under way may finish, for up to 9 s. */
async function serve(options: ServeOptions): Promise<void> {
  collectGarbageLessOften();
  const { ServeLogger } = await import('../serve-logger.ts');
  const { startServer } = await import('../../server.ts');
  const environment: Readonly<Record<string, string | undefined>> = {
    ...process.env,
    ...(options.port === undefined ? {} : { PORT: String(options.port) }),
    ...(options.host === undefined ? {} : { HOST: options.host }),
  };
  const logger = new ServeLogger(environment.LOG_LEVEL);
  const server = await startServer(environment, logger);
  const late = () => 'The service did not stop within 9 s and is ended. Its jobs resume at the next start.\n';
  await interruptible({ exitCode: 0, late }, async (signal) => {
    announce(server, logger);
    if (!signal.aborted) await once(signal, 'abort');
    logger.debug('Shutting down');
    await server.close();
  });
}

/**
 * Files and pixels lie outside of V8's heap, but count towards the limit at which it collects all garbage. By itself, V8
 * leaves room for a third of what is in use, which 20 to 40 uploads fill; a collection then takes more than 100 ms of the
 * processor. This leaves room for as much as is in use.
 */
function collectGarbageLessOften(): void {
  setFlagsFromString('--heap-growing-percent=100');
}

/** A sentence for the person at the terminal, or a line of JSON for whatever collects the log. */
function announce({ url, showsPage }: Server, logger: LoggerService): void {
  const api = `GraphQL requests to ${url}/graphql`;
  const what = showsPage ? `Open ${url} in a browser, or send ${api}.` : `Send ${api}.`;
  const sentence = `Lookalike is listening. ${what}`;
  if (process.stdout.isTTY) process.stdout.write(`${sentence} Ctrl-C stops it.\n`);
  else logger.log(sentence);
}

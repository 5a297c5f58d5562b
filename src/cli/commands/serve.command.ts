import { once } from 'node:events';
import { ConsoleLogger } from '@nestjs/common';
import { Command, Option } from 'nest-commander';
import { startServer } from '../../server.ts';
import { CliCommand, wholeNumberOption } from '../command.ts';

/** How long requests that are under way may take to finish after SIGTERM. */
const DRAIN_MS = 10_000;

interface ServeOptions {
  readonly port?: number;
  readonly host?: string;
}

@Command({ name: 'serve', description: 'Start the GraphQL service.' })
export class ServeCommand extends CliCommand {
  async run(_arguments: string[], options: ServeOptions): Promise<void> {
    const environment = {
      ...process.env,
      ...(options.port === undefined ? {} : { PORT: String(options.port) }),
      ...(options.host === undefined ? {} : { HOST: options.host }),
    };
    const logger = new ConsoleLogger('Lookalike', {
      json: !process.stdout.isTTY,
      logLevels: ['log', 'warn', 'error', 'fatal'],
    });
    const server = await startServer(environment, logger);
    logger.log(`GraphQL at ${server.url}/graphql`);

    await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
    logger.log('Shutting down');
    setTimeout(() => process.exit(0), DRAIN_MS).unref();
    await server.close();
  }

  @Option({ flags: '-p, --port <port>', description: 'port to listen on (default: PORT, or 3000)' })
  port(value: string): number {
    return wholeNumberOption(value, { min: 0, max: 65_535 });
  }

  @Option({ flags: '--host <address>', description: 'address to listen on (default: HOST, or 127.0.0.1)' })
  host(value: string): string {
    return value;
  }
}

import { ConsoleLogger } from '@nestjs/common';
import { LOG_LEVELS } from '../http/index.ts';

/** Parts of Nest that log every step of the start: each module, route and resolver. */
const STEPS: ReadonlySet<unknown> = new Set([
  'GraphQLModule',
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
  'WebSocketsController',
]);

/** Parts of Nest whose errors are thrown as well: while the apps start, and when the port cannot be opened. */
const THROWN: ReadonlySet<unknown> = new Set(['ExceptionHandler', 'NestApplication']);

/**
 * Logs what matters at the level, and the steps of the start only with `debug`. What keeps the service from
 * starting is left out, since it is thrown as well and printed by exit.ts.
 */
export class ServeLogger extends ConsoleLogger {
  private readonly showsSteps: boolean;

  /** `level` is one of `LOG_LEVELS`; any other is refused when the configuration is read, and means `log` here. */
  constructor(level: string | undefined) {
    const at = LOG_LEVELS.findIndex((known) => known === level);
    const shown = at === -1 ? LOG_LEVELS.slice(0, -1) : LOG_LEVELS.slice(0, at + 1);
    super('Lookalike', { json: !process.stdout.isTTY, logLevels: [...shown, 'fatal'] });
    this.showsSteps = shown.includes('debug');
  }

  override log(message: unknown, ...stackAndContext: unknown[]): void {
    if (!this.showsSteps && STEPS.has(stackAndContext.at(-1))) return;
    super.log(message, ...stackAndContext);
  }

  override error(message: unknown, ...stackAndContext: unknown[]): void {
    if (THROWN.has(stackAndContext.at(-1))) return;
    super.error(message, ...stackAndContext);
  }
}

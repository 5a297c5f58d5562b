import { ConsoleLogger } from '@nestjs/common';

/** Logs everything but what keeps the service from starting, which is thrown as well and printed by exit.ts. */
export class ServeLogger extends ConsoleLogger {
  override error(message: unknown, ...stackAndContext: unknown[]): void {
    if (stackAndContext.at(-1) === 'ExceptionHandler') return;
    super.error(message, ...stackAndContext);
  }
}

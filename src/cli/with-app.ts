import { ConsoleLogger, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.ts';

/** Runs `work` on the apps, without HTTP, on the same data as the server, and closes them after it. */
export async function withApp<Result>(
  work: (app: INestApplicationContext) => Promise<Result>,
): Promise<Result> {
  const app = await NestFactory.createApplicationContext(AppModule.forRoot(process.env), {
    abortOnError: false,
    logger: new StderrLogger({ logLevels: ['warn', 'error', 'fatal'] }),
  });
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

/** Standard output is for results. */
class StderrLogger extends ConsoleLogger {
  protected override printMessages(messages: unknown[], context?: string, level = 'warn'): void {
    // What keeps the apps from starting is thrown as well, and told once, in exit.ts.
    if (context === 'ExceptionHandler') return;
    for (const message of messages) process.stderr.write(`${level}: ${String(message)}\n`);
  }
}

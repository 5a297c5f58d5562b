import { readFileSync } from 'node:fs';
import { CommandFactory } from 'nest-commander';
import { CliModule } from './cli/cli.module.ts';
import { exitWith } from './cli/exit.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

// Whoever reads the output may have seen enough: `lookalike jobs | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await CommandFactory.run(CliModule, {
    cliName: 'lookalike',
    version,
    logger: false,
    errorHandler: (error) => {
      throw error;
    },
    serviceErrorHandler: exitWith,
  });
} catch (error) {
  exitWith(error);
}

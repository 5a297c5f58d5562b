import { CommanderError } from 'commander';
import { AppError, publicError } from '../common/index.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/**
 * The one place where a failure becomes an exit code: 1 for what could not be done, 2 for a
 * command line that makes no sense, 0 for help and version, which commander throws as well.
 */
export function exitWith(error: unknown): void {
  if (error instanceof CommanderError) {
    // Commander has printed the message already.
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
    return;
  }
  process.exitCode = EXIT_FAILED;
  const { message, extensions } = publicError(error);
  if (process.argv.includes('--json')) {
    process.stderr.write(`${JSON.stringify({ error: { ...extensions, message } })}\n`);
    return;
  }
  process.stderr.write(`error ${extensions.code}: ${message}\n`);
  if (!(error instanceof AppError) && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
}

import { CommanderError } from 'commander';
import { AppError } from '../common/app-error.ts';
import { interruptedExitCode } from './interruption.ts';
import { coloured } from './terminal/colour.ts';
import { printable } from './terminal/printable.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/**
 * The one place where a failure becomes an exit status: 1 for what could not be done, 2 for a command
 * line that makes no sense, 0 for help and version, which commander throws as well, and 128 + the number
 * of the signal if one has ended the work.
 */
export async function exitWith(error: unknown): Promise<void> {
  if (error instanceof CommanderError) {
    // Commander has printed the message already.
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
    return;
  }
  process.exitCode = interruptedExitCode() ?? EXIT_FAILED;
  if (error instanceof AppError) {
    process.stderr.write(formatError(error));
    return;
  }
  const { codedError, internalServerError } = await import('../common/index.ts');
  const coded = codedError(error);
  process.stderr.write(formatError(coded));
  // Only a bug needs its stack; the sentence of any other error is enough.
  if (!internalServerError.is(coded) || isJson() || !(error instanceof Error)) return;
  process.stderr.write(`${error.stack ?? ''}\n`);
}

/** Prints a failure that concerns one of several things, while the command goes on. It will end with status 1. */
export function reportAbout(item: string, { code, message, details }: AppError): void {
  process.exitCode = EXIT_FAILED;
  process.stderr.write(
    formatError({ code, message: `${printable(item)}: ${message}`, details: { ...details, item } }),
  );
}

/** A line for standard error: a sentence, or one JSON object with `--json`. */
export function formatError({
  code,
  message,
  details,
}: Pick<AppError, 'code' | 'message' | 'details'>): string {
  return isJson()
    ? `${JSON.stringify({ error: { ...details, code, message } })}\n`
    : `${coloured(['bold', 'red'], `error ${code}:`, process.stderr)} ${message}\n`;
}

function isJson(): boolean {
  return process.argv.includes('--json');
}

import { readFileSync } from 'node:fs';
import { exitWith } from './cli/exit.ts';
import { interruptedExitCode, listenForSignals } from './cli/interruption.ts';
import { makeProgram } from './cli/program.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

listenForSignals();

// Whoever reads the output may have seen enough: `lookalike jobs | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await makeProgram(version).parseAsync();
} catch (error) {
  await exitWith(error);
}

// Whatever an interrupted command has left running must not keep the process alive.
const interrupted = interruptedExitCode();
if (interrupted !== undefined) process.exit(interrupted);

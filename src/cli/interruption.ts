import { constants } from 'node:os';

/** How long work may take to wind down after a signal. Supervisors commonly kill after 10 s. */
const GRACE_MS = 9_000;
/** `npm run` passes on the Ctrl-C that the terminal has sent already: two signals, pressed once. */
const ECHO_MS = 300;

export interface WindDown {
  /** The exit status if a signal ended the work. By default 128 + the number of the signal. */
  readonly exitCode?: number;
  /** Written to standard error if the work has not wound down in time. */
  readonly late: () => string;
}

interface Received {
  readonly at: number;
  readonly exitCode: number;
}

let current: (WindDown & { readonly stop: AbortController }) | undefined;
let received: Received | undefined;

/**
 * Makes SIGINT and SIGTERM end the process: at once, unless work runs that has asked for time to wind
 * down; that work gets 9 s. A second signal always ends the process at once.
 *
 * Handlers are installed even where the default action would do, because a container's first process
 * has no default action.
 */
export function listenForSignals(): void {
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}

/** The exit status that a signal has asked for; undefined if there was none. */
export function interruptedExitCode(): number | undefined {
  return received?.exitCode;
}

/** Runs work that needs to wind down when a signal arrives: its `signal` then aborts. */
export async function interruptible<Result>(
  windDown: WindDown,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  current = { ...windDown, stop };
  try {
    return await work(stop.signal);
  } finally {
    current = undefined;
  }
}

function onSignal(name: NodeJS.Signals): void {
  const byDefault = 128 + constants.signals[name];
  if (received !== undefined) {
    if (Date.now() - received.at >= ECHO_MS) endAtOnce(name);
    return;
  }
  if (current === undefined) return endAtOnce(name);
  const { stop, late, exitCode } = current;
  received = { at: Date.now(), exitCode: exitCode ?? byDefault };
  setTimeout(() => {
    process.stderr.write(late());
    if (exitCode === undefined) endAtOnce(name);
    process.exit(exitCode);
  }, GRACE_MS).unref();
  stop.abort();
}

/**
 * Ends the process by the default action of the signal. `process.exit` alone would wait for the threads
 * of the pool, one of which may be blocked for good in a call such as opening a file on a dead mount.
 * A shell sees 128 + the number of the signal either way.
 */
function endAtOnce(name: NodeJS.Signals): never {
  process.removeListener(name, onSignal);
  process.kill(process.pid, name);
  // The first process of a container ignores signals without a handler.
  process.exit(128 + constants.signals[name]);
}

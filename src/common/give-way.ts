/** How long work may run before timers, connections and signals get their turn. */
const TURN_MS = 10;
/** How many of those that wait resume in one turn, so that together they cannot hold it for long. */
const RESUMED_PER_TURN = 16;

let turnStartedAt: number | undefined;
const waiting: (() => void)[] = [];

/**
 * Whether the current turn of the event loop has lasted so long that whoever works in it should wait for the
 * next one. SQLite answers synchronously, so that promises alone never leave a turn.
 */
export function isTurnOver(): boolean {
  if (turnStartedAt !== undefined) return performance.now() - turnStartedAt > TURN_MS;
  beginTurn();
  return false;
}

/** Resolves in the next turn of the event loop. For one caller at a time, who then works for many. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Resolves in a later turn of the event loop, in the order of the calls. */
export function giveWay(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (turnStartedAt === undefined) beginTurn();
  });
}

function beginTurn(): void {
  turnStartedAt = performance.now();
  setImmediate(endTurn);
}

function endTurn(): void {
  turnStartedAt = undefined;
  for (const resume of waiting.splice(0, RESUMED_PER_TURN)) resume();
  if (waiting.length > 0) beginTurn();
}

/** The number of statements that connections of this process have run, except those that only read. */
let statements = 0;

/** To be called after each statement that may have committed something. */
export function noteStatement(): void {
  statements += 1;
}

/**
 * A value that is looked up once per callback of the event loop, since nothing that another process does meanwhile
 * can be known here before the next one. After each statement of this process, it is looked up again.
 */
export class KnownUntilStatement<Value> {
  private value: Value | undefined;
  private statements = 0;
  private readonly forget = () => (this.value = undefined);

  get(lookUp: () => Value): Value {
    if (this.value !== undefined && this.statements === statements) return this.value;
    // Runs once all promises that are resolved by now have been handled, and before any other callback.
    if (this.value === undefined) process.nextTick(this.forget);
    this.value = lookUp();
    this.statements = statements;
    return this.value;
  }
}

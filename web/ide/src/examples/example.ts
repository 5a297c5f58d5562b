/** An operation that a person can open in a tab and run. */
export interface Example {
  readonly title: string;
  /** One sentence: what it shows, and what to change. */
  readonly note: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The examples about one task. */
export interface ExampleGroup {
  readonly title: string;
  readonly examples: readonly [Example, ...Example[]];
}

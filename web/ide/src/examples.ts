import { catalogueExamples } from './examples/catalogue.examples.ts';
import { importExamples } from './examples/import.examples.ts';
import { searchExamples } from './examples/search.examples.ts';
import type { Subject } from './subject.ts';

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

/** All examples; the first one is what the editor opens with. */
export function examplesFor(subject: Subject): readonly [ExampleGroup, ...ExampleGroup[]] {
  return [
    { title: 'Search', examples: searchExamples(subject) },
    { title: 'Import and index', examples: importExamples(subject) },
    { title: 'Catalogue', examples: catalogueExamples(subject) },
  ];
}

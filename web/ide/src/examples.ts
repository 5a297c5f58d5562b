import { catalogueExamples } from './examples/catalogue.examples.ts';
import type { ExampleGroup } from './examples/example.ts';
import { importExamples } from './examples/import.examples.ts';
import { searchExamples } from './examples/search.examples.ts';
import type { Subject } from './subject.ts';

/** All examples; the first one is what the editor opens with. */
export function examplesFor(subject: Subject): readonly [ExampleGroup, ...ExampleGroup[]] {
  return [
    { title: 'Search', examples: searchExamples(subject) },
    { title: 'Import and index', examples: importExamples(subject) },
    { title: 'Catalogue', examples: catalogueExamples(subject) },
  ];
}

import { errorsOf } from '../common/index.ts';
import type { TypeMismatch } from './typed-tests.ts';

const defineError = errorsOf('Filters');

export const filterInvalid = defineError({
  code: 'FILTER_INVALID',
  status: 400,
  meaning:
    'A filter is incomplete, too large, or compares an attribute with a value of a type that it has in none of the datasets.',
  remedy: 'Correct the part of the filter that the message names.',
  message: (place: string, problem: string) => `The filter is invalid at ${place}: ${problem}.`,
  details: (place, problem) => ({ place, problem }),
});

export const attributeMistyped = filterInvalid.variant({
  message: (mismatch: TypeMismatch, dataset: string) =>
    `The filter is invalid at ${mismatch.place}: ${mismatchIn(mismatch, dataset)}.`,
  details: (mismatch, dataset) => {
    const { place, attribute, type } = mismatch;
    return { place, problem: mismatchIn(mismatch, dataset), attribute, dataset, type };
  },
});

function mismatchIn({ attribute, problem }: TypeMismatch, dataset: string): string {
  return `in the dataset "${dataset}", the attribute "${attribute}" is ${problem}`;
}

export const attributeUnknown = defineError({
  code: 'ATTRIBUTE_UNKNOWN',
  status: 400,
  meaning: 'A filter, a facet or a grouping names an attribute that no image of the datasets has.',
  remedy: 'Check the spelling. `dataset { attributes { name } }` lists the attributes.',
  message: (name: string, near: readonly string[]) =>
    near.length === 0
      ? `No image has an attribute "${name}".`
      : `No image has an attribute "${name}". Did you mean ${near.map((one) => `"${one}"`).join(' or ')}?`,
  details: (name, near) => ({ attribute: name, near }),
});

import { errorsOf } from '../common/index.ts';

const defineError = errorsOf('Filters');

export const filterInvalid = defineError({
  code: 'FILTER_INVALID',
  status: 400,
  meaning: 'A filter is incomplete, too large, or compares an attribute with a value of another type.',
  remedy: 'Correct the part of the filter that the message names.',
  message: (place: string, problem: string) => `The filter is invalid at ${place}: ${problem}.`,
  details: (place) => ({ place }),
});

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

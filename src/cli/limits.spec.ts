import { describe, expect, it } from '@jest/globals';
import { AnnotationFormat, DEFAULT_DISTANCE, LARGEST_DISTANCE } from '../datasets/index.ts';
import { MOST_LABEL_ERRORS, SEARCH_LIMITS } from '../search/index.ts';
import { ANNOTATION_FORMATS, DUPLICATE_BITS, MAX_HITS, MAX_LABEL_ERRORS } from './limits.ts';

describe('the limits that the command line names', () => {
  it('are those of the apps', () => {
    expect(MAX_HITS).toBe(SEARCH_LIMITS.hits);
    expect(MAX_LABEL_ERRORS).toBe(MOST_LABEL_ERRORS);
    expect(DUPLICATE_BITS).toEqual({ default: DEFAULT_DISTANCE, max: LARGEST_DISTANCE });
    expect([...ANNOTATION_FORMATS].sort()).toEqual(Object.values(AnnotationFormat).sort());
  });
});

import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from 'commander';
import type { Image } from '../../../datasets/index.ts';
import type { ExplainedPicture, Explanation } from '../../../search/index.ts';
import { explanationAsText } from './explanation-text.ts';
import { parseRegion } from './parse-region.ts';

const picture = (values: number[]): ExplainedPicture => ({
  grid: {
    ...{ rows: 2, columns: 2, values: Float64Array.from(values) },
    region: { x: 0.125, y: 0, width: 0.75, height: 1 },
  },
  bytes: new Uint8Array(),
  peak: 1,
});

describe('an explanation on the command line', () => {
  it('shows both grids in thousandths', () => {
    const explanation = {
      ...{ score: 0.75, tookMs: 1, query: picture([0.5, -0.0104, 0.26, 0.0004]) },
      ...{ hit: picture([0.1, 0.2, 0.3, 0.15]), model: { model: 'efficientnet-lite0@128' } },
    } as unknown as Explanation;
    const text = explanationAsText('query\u0007.jpg', { externalId: 'photos/7' } as Image, explanation);
    expect(text.split('\n').slice(0, 11)).toEqual([
      'score 0.7500 (efficientnet-lite0@128)',
      '',
      'query query�.jpg',
      '  500  -10',
      '  260    0',
      '  covers 13% to 88% of the width and 0% to 100% of the height',
      '',
      'hit photos/7',
      '  100  200',
      '  300  150',
      '  covers 13% to 88% of the width and 0% to 100% of the height',
    ]);
  });

  it('takes a region as four fractions', () => {
    expect(parseRegion('0,0.25,0.5,1')).toEqual({ x: 0, y: 0.25, width: 0.5, height: 1 });
    for (const text of ['', '0,0,1', '0,0,1,1,1', '0,0,1,', '0,0,2,1', '-0.1,0,1,1', 'a,b,c,d']) {
      expect(() => parseRegion(text)).toThrow(InvalidArgumentError);
    }
  });
});

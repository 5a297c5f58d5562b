import { describe, expect, it } from '@jest/globals';
import type { Apps } from '../../open-apps.ts';
import { asCsv, asJson, asTable, type Suspect } from './print-label-errors.ts';

const suspects = [
  {
    imageId: 7,
    labels: ['1', 'x'],
    neighbourLabel: '2',
    neighbourName: 'shoe',
    agreement: 0.75,
    confidence: 1,
    image: {
      ...{ id: 7, externalId: '=photos/7', fileName: '7, a.jpg' },
      ...{ labels: ['1', 'x'], labelNames: ['hat', 'x'] },
    },
  },
] as unknown as Suspect[];

describe('label errors', () => {
  it('are a table with names of labels', () => {
    expect(asTable(suspects)).toBe(
      [
        'confidence  image      file      labels  neighbours  agreement',
        '      1.00  =photos/7  7, a.jpg  hat, x  shoe             0.75',
        '',
      ].join('\n'),
    );
  });

  it('are CSV with keys of labels, quoted, and without formulas', () => {
    expect(asCsv(suspects)).toBe(
      'image_id,external_id,file_name,labels,neighbour_label,agreement,confidence\r\n' +
        '7,\'=photos/7,"7, a.jpg",1|x,2,0.75,1\r\n',
    );
  });

  it('are one JSON object each', () => {
    const images = { locate: ({ sha256 }: { sha256: string }) => `/data/${sha256}` };
    expect(JSON.parse(asJson({ images } as unknown as Apps, suspects))).toMatchObject({
      imageId: '7',
      externalId: '=photos/7',
      labels: ['1', 'x'],
      neighbourLabel: '2',
      confidence: 1,
    });
  });
});

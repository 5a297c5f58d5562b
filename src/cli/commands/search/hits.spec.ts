import { describe, expect, it } from '@jest/globals';
import type { Apps } from '../../open-apps.ts';
import { hitsAsJson, hitsAsTable, type Answer } from './hits.ts';

const image = (id: number, labels: string[], labelNames = labels) =>
  ({
    ...{ id, externalId: `photos/${id}`, fileName: `${id}.jpg`, labels, labelNames },
    attributes: { price: 5, added: new Date('2026-11-28') },
  }) as unknown as Answer['hits'][number]['image'];

const answer = {
  query: 'query.jpg',
  tookMs: 5,
  hits: [
    {
      rank: 1,
      score: 0.98765,
      confidence: 0.914,
      image: image(7, ['1', 'x'], ['fruit', 'x']),
      duplicateIds: [8, 9],
    },
    { rank: 2, score: -0.5, confidence: null, image: image(10, []), duplicateIds: [] },
  ],
  relations: [
    { kind: 'NEAR_DUPLICATE', distance: 4 },
    { kind: 'SIMILAR', distance: null },
  ],
} as unknown as Answer;
const apps = { images: { locate: ({ id }: { id: number }) => `/data/${id}` } } as unknown as Apps;

describe('the hits of a search', () => {
  it('are a table with names of labels and files', () => {
    expect(hitsAsTable(answer, { collapseDuplicates: false }, false)).toBe(
      [
        'rank    score  confidence  relation            image      file    labels',
        '   1   0.9877        0.91  near duplicate (4)  photos/7   7.jpg   fruit, x',
        '   2  -0.5000                                  photos/10  10.jpg',
        '',
      ].join('\n'),
    );
  });

  it('have no columns for what is not known of any', () => {
    const [, second] = answer.hits;
    const unknown = { ...answer, hits: [second!], relations: [answer.relations[1]!] };
    const [header] = hitsAsTable(unknown, { collapseDuplicates: false }, false).split('\n');
    expect(header).toBe('rank    score  image      file    labels');
  });

  it('have the query above them if there are several, and counts of duplicates if those are left out', () => {
    const [title, header, first] = hitsAsTable(answer, { collapseDuplicates: true }, true).split('\n');
    expect(title).toBe('query.jpg');
    expect(header).toMatch(/ duplicates$/);
    expect(first).toMatch(/ 2$/);
  });

  it('are said to be none, without a header', () => {
    const none = { ...answer, hits: [] };
    const format = { collapseDuplicates: false };
    expect(hitsAsTable(none, format, false)).toBe('no hits\n');
    expect(hitsAsTable(none, format, true)).toBe('query.jpg\nno hits\n');
    expect(hitsAsJson(apps, none, format)).toBe('');
  });

  it('are one JSON object each, with the keys of labels', () => {
    const lines = hitsAsJson(apps, answer, { collapseDuplicates: true }).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        ...{
          query: 'query.jpg',
          rank: 1,
          score: 0.98765,
          confidence: 0.914,
          imageId: '7',
          externalId: 'photos/7',
        },
        relation: { kind: 'NEAR_DUPLICATE', distance: 4 },
        ...{ fileName: '7.jpg', labels: ['1', 'x'], path: '/data/7', duplicateIds: ['8', '9'] },
        attributes: { price: 5, added: '2026-11-28T00:00:00.000Z' },
      },
      expect.objectContaining({ rank: 2, labels: [], duplicateIds: [] }),
    ]);
  });
});

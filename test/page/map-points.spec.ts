import { describe, expect, it } from '@jest/globals';
import { COLOURS, GREY, legendOf } from '../../web/src/map/points/label-colours.ts';
import { NO_LABEL, readMapPoints } from '../../web/src/map/points/map-points.ts';
import { clusteredMap, writeMapFile } from './map-file.ts';

const bytesOf = (file: Buffer): ArrayBuffer => new Uint8Array(file).buffer;

describe('the file of a map', () => {
  it('is read in columns, and fitted into the square from -1 to 1', () => {
    const file = writeMapFile({
      ids: [7, 8, 4_000_000_000],
      x: [10, 20, 30],
      y: [5, 5, 10],
      labelOf: [0, 1, NO_LABEL],
      labels: [
        { key: '1', name: 'bird' },
        { key: '2', name: 'fish' },
      ],
    });
    const { count, ids, x, y, labelOf, labels } = readMapPoints(bytesOf(file));
    expect(count).toBe(3);
    expect([...ids]).toEqual([7, 8, 4_000_000_000]);
    expect([...x]).toEqual([-1, 0, 1]);
    expect([...y]).toEqual([-0.25, -0.25, 0.25]);
    expect([...labelOf]).toEqual([0, 1, NO_LABEL]);
    expect(labels.map(({ name }) => name)).toEqual(['bird', 'fish']);
  });

  it('may hold one point or none', () => {
    const one = readMapPoints(
      bytesOf(writeMapFile({ ids: [1], x: [3], y: [9], labelOf: [NO_LABEL], labels: [] })),
    );
    expect([one.x[0], one.y[0]]).toEqual([0, 0]);
    const none = readMapPoints(bytesOf(writeMapFile({ ids: [], x: [], y: [], labelOf: [], labels: [] })));
    expect(none.count).toBe(0);
  });

  it('takes a label that the table lacks for none', () => {
    const file = writeMapFile({ ids: [1], x: [0], y: [0], labelOf: [3], labels: [{ key: 'a', name: 'a' }] });
    expect([...readMapPoints(bytesOf(file)).labelOf]).toEqual([NO_LABEL]);
  });

  it.each([0, 3, 4, 17])('is refused if it ends after %i bytes', (length) => {
    const file = writeMapFile(clusteredMap(2, 1));
    expect(() => readMapPoints(bytesOf(file.subarray(0, length)))).toThrow('incomplete');
  });
});

describe('the colours of labels', () => {
  const points = readMapPoints(bytesOf(writeMapFile(clusteredMap(300, 20))));

  it('are given to the most frequent labels', () => {
    const legend = legendOf(points, new Set());
    expect(legend).toHaveLength(20);
    expect(legend.slice(0, COLOURS).map(({ colour }) => colour)).toEqual(
      Array.from({ length: COLOURS }, (_each, at) => at),
    );
    expect(new Set(legend.slice(COLOURS).map(({ colour }) => colour))).toEqual(new Set([GREY]));
  });

  it('stay the same for a chosen label, and are lent to one that has none', () => {
    const legend = legendOf(points, new Set([2, 19]));
    const colourOf = (label: number) => legend.find((entry) => entry.label === label)!.colour;
    expect(colourOf(2)).toBe(2);
    expect(colourOf(19)).toBe(0);
    expect(colourOf(0)).toBe(GREY);
  });
});

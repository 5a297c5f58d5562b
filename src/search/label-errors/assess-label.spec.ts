import { describe, expect, it } from '@jest/globals';
import { assessLabel, byDoubt, type LabelError } from './assess-label.ts';

const neighbour = (label: string | readonly string[], score = 0.5) => ({
  imageId: 0,
  score,
  labels: typeof label === 'string' ? [label] : label,
});
const evenly = () => 1;
const many = () => 100;

describe('the neighbours of an image', () => {
  const assess = (
    labels: readonly string[],
    neighbours: readonly ReturnType<typeof neighbour>[],
    weightOf: (score: number) => number = evenly,
    sizeOf: (label: string) => number = many,
  ) => assessLabel({ imageId: 7, labels, neighbours }, weightOf, sizeOf);

  it('agree with its label if no other is more common', () => {
    expect(
      assess(
        ['red'],
        ['red', 'red', 'blue'].map((label) => neighbour(label)),
      ),
    ).toBeUndefined();
    expect(
      assess(
        ['red'],
        ['red', 'blue', 'red', 'blue'].map((label) => neighbour(label)),
      ),
    ).toBeUndefined();
  });

  it('disagree if one is', () => {
    const neighbours = ['blue', 'red', 'blue', 'green', 'blue'].map((label) => neighbour(label));
    const error = assess(['red'], neighbours);
    expect(error).toEqual({
      imageId: 7,
      labels: ['red'],
      neighbourLabel: 'blue',
      agreement: 0.6,
      confidence: 0.8,
    });
  });

  it('agree if they share one of several labels', () => {
    const neighbours = [['a', 'b'], ['b'], ['a', 'c']].map((labels) => neighbour(labels));
    expect(assess(['a', 'b'], neighbours)).toBeUndefined();
  });

  it('count as much as their scores mean', () => {
    const neighbours = [neighbour('red', 0.9), neighbour('blue', 0.2), neighbour('blue', 0.2)];
    expect(assess(['red'], neighbours)).toMatchObject({ neighbourLabel: 'blue' });
    expect(assess(['red'], neighbours, (score) => score)).toBeUndefined();
  });

  it('are no more than the others of its label', () => {
    const neighbours = ['rare', 'rare', 'rare', 'blue', 'blue', 'blue', 'blue'].map((label) =>
      neighbour(label),
    );
    const sizeOf = (label: string) => (label === 'rare' ? 4 : 100);
    expect(assess(['rare'], neighbours, evenly, sizeOf)).toBeUndefined();
    expect(assess(['rare'], neighbours, evenly, (label) => (label === 'rare' ? 3 : 100))).toBeUndefined();
  });

  it('say nothing if they are fewer than three', () => {
    expect(assess(['red'], [neighbour('blue'), neighbour('blue')])).toBeUndefined();
    expect(assess(['red'], [])).toBeUndefined();
  });
});

describe('the order of label errors', () => {
  it('is by confidence, then by agreement, then by id', () => {
    const error = (imageId: number, confidence: number, agreement: number): LabelError => ({
      ...{ imageId, confidence, agreement },
      labels: ['a'],
      neighbourLabel: 'b',
    });
    const errors = [error(1, 0.8, 0.8), error(4, 1, 0.6), error(3, 1, 0.6), error(2, 1, 0.9)];
    expect(errors.sort(byDoubt).map(({ imageId }) => imageId)).toEqual([2, 3, 4, 1]);
  });
});

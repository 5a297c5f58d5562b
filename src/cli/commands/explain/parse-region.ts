import { InvalidArgumentError } from 'commander';

/** In fractions of the width and height of a picture. */
export interface ExplainedRegion {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Reads `x,y,width,height`; anything else is a usage error. Whether it lies in the picture is checked later. */
export function parseRegion(text: string): ExplainedRegion {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [x, y, width, height] = numbers;
  if (numbers.length !== 4 || !numbers.every((value) => value >= 0 && value <= 1)) {
    throw new InvalidArgumentError('Expected four numbers from 0 to 1: x,y,width,height.');
  }
  return { x: x!, y: y!, width: width!, height: height! };
}

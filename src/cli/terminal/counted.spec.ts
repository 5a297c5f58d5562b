import { expect, it } from '@jest/globals';
import { counted } from './counted.ts';

it.each([
  [counted(0, 'image'), '0 images'],
  [counted(1, 'image'), '1 image'],
  [counted(2, 'image'), '2 images'],
  [counted(1, 'query', 'queries'), '1 query'],
  [counted(5, 'query', 'queries'), '5 queries'],
])('counts %s', (text, expected) => {
  expect(text).toBe(expected);
});

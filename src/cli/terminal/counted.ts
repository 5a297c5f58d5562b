/**
 * A number with its noun, in the plural unless the number is 1.
 *
 * @example
 * counted(1, 'image'); // '1 image'
 * counted(2, 'query', 'queries'); // '2 queries'
 */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

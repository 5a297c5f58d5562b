import { describe, expect, it } from '@jest/globals';
import { contentNumber, isSameContent, objectContentOf } from './object-content.ts';

const MD5 = '"9e107d9d372bb6826bd81d3542a419d6"';
const version = (etag: string | undefined, bytes?: number) =>
  JSON.stringify({ etag, lastModified: 'Sat, 28 Nov 2026 10:00:00 GMT', bytes });

describe('the content of an object', () => {
  it('is the same if ETag and size are, whatever the time', () => {
    const one = objectContentOf(version(MD5, 43))!;
    expect(one).toEqual({ etag: MD5, bytes: 43 });
    expect(isSameContent(one, objectContentOf(JSON.stringify({ etag: MD5, bytes: 43 })))).toBe(true);
    expect(isSameContent(one, objectContentOf(version(MD5, 44)))).toBe(false);
    expect(isSameContent(one, objectContentOf(version('"e4d909c290d0fb1ca068ffaddf22cbd0"', 43)))).toBe(
      false,
    );
    expect(isSameContent(one, undefined)).toBe(false);
    expect(contentNumber(one)).toBe(0x9e107d9d372b);
  });

  it('of several parts has an ETag, too', () => {
    const etag = '"9e107d9d372bb6826bd81d3542a419d6-2"';
    expect(objectContentOf(version(etag, 43))).toEqual({ etag, bytes: 43 });
  });

  it.each([
    undefined,
    null,
    '1700000000000-43',
    version(undefined, 43),
    version(MD5),
    version('W/"9e107d9d372bb6826bd81d3542a419d6"', 43),
    version('"revision-7"', 43),
  ])('is not known from %s', (given) => {
    expect(objectContentOf(given)).toBeUndefined();
  });
});

import { describe, expect, it } from '@jest/globals';
import { MemorySink } from './exchange/body-sink.ts';
import { isHtmlPage } from './exchange/html-sniff.ts';
import { backOffMs, retryAfterMs } from './exchange/retry-timing.ts';
import { forbidsUse } from './exchange/robots-tag.ts';

describe('forbidsUse', () => {
  const agent = 'Lookalike/0.1.0 (image similarity search)';

  it.each([
    'noai',
    'noimageai',
    'NoAI',
    'noindex, noai',
    'noindex,noimageai,nofollow',
    'lookalike: noai',
    'Lookalike: noindex, noai',
    'otherbot: noindex, lookalike: noai',
    '*: noai',
    'unavailable_after: 25 Jun 2030 15:00:00 PST, noai',
    'max-image-preview: large, noai',
  ])('is so for %s', (header) => {
    expect(forbidsUse(header, agent)).toBe(true);
    expect(forbidsUse(['all', header], agent)).toBe(true);
  });

  it.each([
    '',
    'noindex',
    'all',
    'otherbot: noai',
    'otherbot: noindex, noai',
    'noaiformats',
    'lookalike2: noai',
  ])('is not so for "%s"', (header) => {
    expect(forbidsUse(header, agent)).toBe(false);
  });

  it('is not so without a header', () => {
    expect(forbidsUse(undefined, agent)).toBe(false);
  });
});

describe('retryAfterMs', () => {
  const now = Date.parse('2030-01-01T00:00:00Z');

  it.each([
    ['7', 7_000],
    ['0', 0],
    [' 3 ', 3_000],
    ['60', 60_000],
    ['61', 60_000],
    ['1000000000', 60_000],
    ['9'.repeat(400), 60_000],
    ['Tue, 01 Jan 2030 00:00:20 GMT', 20_000],
    ['Tue, 01 Jan 2030 05:00:00 GMT', 60_000],
    ['Tue, 01 Jan 2019 00:00:00 GMT', 0],
  ])('reads %.30s', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });

  it.each([undefined, '', 'soon', 'NaN', '1h'])('finds nothing usable in %s', (header) => {
    expect(retryAfterMs(header, now)).toBeUndefined();
  });
});

describe('backOffMs', () => {
  it('doubles its bound with each attempt, up to a limit', () => {
    expect([1, 2, 3, 4, 20].map((attempt) => backOffMs(attempt, 1))).toEqual([
      500, 1_000, 2_000, 4_000, 30_000,
    ]);
    expect(backOffMs(3, 0)).toBe(0);
    expect(backOffMs(3, 0.5)).toBe(1_000);
  });
});

describe('isHtmlPage', () => {
  it.each([
    '<!DOCTYPE html><html>',
    ' \n\t<HTML>',
    '\uFEFF<html lang="en">',
    '<!-- made by hand --><!-- twice -->\n<head>',
    '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"><html>',
    '<script>location = "/"</script>',
    '<h1>404</h1>',
    '<title>Gone</title>',
  ])('knows %s', (text) => {
    expect(isHtmlPage(Buffer.from(text))).toBe(true);
    if (!text.startsWith('\uFEFF')) expect(isHtmlPage(Buffer.from(`\uFEFF${text}`, 'utf16le'))).toBe(true);
  });

  it.each([
    '',
    '<',
    '<svg>',
    '<?xml version="1.0"?><svg/>',
    '<!-- <html> --><svg/>',
    '{"a":1}',
    'text',
    '<pixel>',
  ])('does not take %s for one', (text) => {
    expect(isHtmlPage(Buffer.from(text))).toBe(false);
  });

  it('does not take a picture for one', () => {
    expect(isHtmlPage(Buffer.from('ffd8ffe000104a46', 'hex'))).toBe(false);
    expect(isHtmlPage(Buffer.from('\x89PNG\r\n\x1a\n<html>', 'latin1'))).toBe(false);
  });
});

describe('MemorySink', () => {
  it.each([undefined, 0, 10, 3_000_000, 1e12])(
    'puts a body together that was declared as %s bytes',
    (expected) => {
      const sink = new MemorySink(expected);
      const written: Buffer[] = [];
      for (let size = 1; size < 300_000; size = size * 3 + 1) {
        const chunk = Buffer.alloc(size, size % 251);
        written.push(chunk);
        sink.write(chunk);
      }
      expect(sink.bytes.equals(Buffer.concat(written))).toBe(true);
    },
  );

  it('keeps a body that came in one piece as it is', () => {
    const chunk = Buffer.from('all of it');
    const sink = new MemorySink(chunk.length);
    sink.write(chunk);
    expect(sink.bytes.buffer).toBe(chunk.buffer);
  });

  it('is empty without a body', () => {
    expect(new MemorySink(undefined).bytes).toHaveLength(0);
  });
});

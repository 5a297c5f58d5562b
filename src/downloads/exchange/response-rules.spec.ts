import { describe, expect, it } from '@jest/globals';
import { forbidsUse, isHtmlPage } from './response-rules.ts';

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
  ])('is true of %s', (header) => {
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
  ])('is false of "%s"', (header) => {
    expect(forbidsUse(header, agent)).toBe(false);
  });

  it('is false without a header', () => {
    expect(forbidsUse(undefined, agent)).toBe(false);
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
  ])('recognises %s', (text) => {
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
  ])('does not mistake %s for one', (text) => {
    expect(isHtmlPage(Buffer.from(text))).toBe(false);
  });

  it('does not mistake a picture for one', () => {
    expect(isHtmlPage(Buffer.from('ffd8ffe000104a46', 'hex'))).toBe(false);
    expect(isHtmlPage(Buffer.from('\x89PNG\r\n\x1a\n<html>', 'latin1'))).toBe(false);
  });
});

import { describe, expect, it } from '@jest/globals';
import { AppError } from '../app-error.ts';
import { sniffImageFormat } from './image-format.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const container = (major: string, ...compatible: string[]) => {
  const body = Buffer.from(`ftyp${major}\0\0\0\0${compatible.join('')}`, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([length, body, Buffer.alloc(16)]);
};

function refusal(bytes: Uint8Array): AppError {
  try {
    sniffImageFormat(bytes);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('accepted');
}

/** There is no other directory of a TIFF. */
const NO_MORE = '\0\0\0\0';

describe('sniffImageFormat', () => {
  it.each([
    ['jpeg', latin1('\xff\xd8\xff\xe0\0\x10JFIF')],
    ['png', latin1('\x89PNG\r\n\x1a\n\0\0\0\rIHDR')],
    ['gif', latin1('GIF89a')],
    ['gif', latin1('GIF87a')],
    ['webp', latin1('RIFF\x10\0\0\0WEBPVP8 ')],
    ['avif', container('avif', 'mif1', 'miaf')],
    ['avif', container('mif1', 'avif', 'miaf')],
    ['avif', container('avis', 'msf1')],
    ['heic', container('heic', 'mif1', 'heic')],
    ['heic', container('mif1', 'heic')],
    ['tiff', latin1('II*\0\x08\0\0\0')],
    ['tiff', latin1('MM\0+\0\x08\0\0')],
  ])('knows %s', (format, bytes) => {
    expect(sniffImageFormat(bytes)).toBe(format);
  });

  it('reads a view in the middle of a buffer', () => {
    const whole = latin1('GIF89a....\xff\xd8\xff\xe0');
    expect(sniffImageFormat(new Uint8Array(whole.buffer, whole.byteOffset + 10, 4))).toBe('jpeg');
  });

  it.each([
    ['a QuickTime video', container('qt  ')],
    ['an MP4 video', container('isom', 'mp42')],
    ['an audio or video file', latin1('RIFF\x10\0\0\0WAVEfmt ')],
    ['a raw photo of a camera', latin1('II*\0\x10\0\0\0CR\x02\0')],
    // A directory of one tag, which says that the picture is a preview.
    ['a raw photo of a camera', latin1(`MM\0*\0\0\0\x08\0\x01\0\xfe\0\x04\0\0\0\x01\0\0\0\x01${NO_MORE}`)],
    ['a PDF document', latin1('%PDF-1.7\n')],
    ['a BMP picture', latin1('BM\x36\x10\0\0')],
    ['a ZIP archive', latin1('PK\x03\x04\x14\0')],
    ['an SVG drawing', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['an SVG drawing', Buffer.from('\uFEFF<?xml version="1.0"?>\n<!-- a -->\n<svg width="1">')],
    ['an SVG drawing', Buffer.from('\uFEFF<?xml version="1.0"?><svg width="1">', 'utf16le')],
    ['an SVG drawing', Buffer.from('<!DOCTYPE svg PUBLIC "x"><svg width="1">')],
    ['an HTML page', Buffer.from('<!doctype html><title>Not found</title>')],
    ['an XML document', Buffer.from('<?xml version="1.0"?><Error/>')],
    ['JSON', Buffer.from('{"error": "not found"}')],
    ['text', Buffer.from('This is no picture, whatever its name. Ünïcode too.')],
    ['text', Buffer.from('é'.repeat(5000))],
    ['text', Buffer.from('a' + 'é'.repeat(5000))],
    ['of an unknown format', latin1('\x00\x01\x02\x03\x04\x05\x06\x07')],
    ['of an unknown format', latin1('\xff\xd8')],
  ])('refuses and names %s', (found, bytes) => {
    const error = refusal(bytes);
    expect(error.code).toBe('UNSUPPORTED_MEDIA_TYPE');
    expect(error.details).toMatchObject({ found });
    expect(error.message).toContain(found);
    expect(error.message).toContain('Send a JPEG');
  });

  it('refuses nothing at all with a code of its own', () => {
    expect(refusal(new Uint8Array(0)).code).toBe('EMPTY_FILE');
  });
});

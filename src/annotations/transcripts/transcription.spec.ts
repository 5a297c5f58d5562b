import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parquetOf } from '../../../test/fixtures/parquet.ts';
import { zipOf } from '../../../test/fixtures/zip.ts';
import { tarOf } from '../../../test/fixtures/tar.ts';
import { AnnotationFile } from '../annotation-file.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);
const item = (id: number) =>
  `<item><g:id>${id}</g:id><g:image_link>${id}.jpg</g:image_link><title>${'x'.repeat(90)}</title></item>\n`;
const xml = `<rss><channel>${numbers(5_000).map(item).join('')}</channel></rss>`;
const csv = `id,path,title\n${numbers(5_000)
  .map((id) => `${id},${id}.jpg,${'y'.repeat(90)}\n`)
  .join('')}`;
const tar = await tarOf(Object.fromEntries(numbers(300).map((at) => [`${at}.jpg`, Buffer.alloc(2_000)])));
const parquet = parquetOf(
  { id: numbers(10).map(String), path: numbers(10).map((at) => `${at}.jpg`) },
  { rowGroupSize: 2 },
);
const FILES: readonly (readonly [name: string, content: Buffer | string])[] = [
  ['feed.xml', xml],
  ['set.tar', tar],
  ['set.tar.gz', gzipSync(tar, { level: 0 })],
  ['set.parquet', parquet],
];

describe('a transcription', () => {
  let folder: string;
  let copies: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-transcription-'));
    copies = join(folder, 'copies');
    for (const [name, content] of FILES) await writeFile(join(folder, name), content);
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  it.each(FILES.map(([name]) => name))('of %s says how much of it was read', async (name) => {
    const shares: number[] = [];
    const onTranscribed = (share: number) => shares.push(share);
    const file = new AnnotationFile(join(folder, name), { temporaryFolder: copies, onTranscribed });
    await file.survey(undefined, new AbortController().signal);
    await file.close();
    expect(shares.length).toBeGreaterThan(2);
    expect(shares).toEqual(shares.toSorted((one, other) => one - other));
    expect(shares.at(-1)).toBeCloseTo(1, 9);
  });

  it.each([
    ['feed.xml.gz', gzipSync(xml, { level: 0 }), 1],
    ['rows.csv.gz', gzipSync(csv, { level: 0 }), 0.5],
    ['rows.zip', zipOf({ 'rows.csv': csv }), 0.5],
    ['rows.csv', Buffer.from(`\ufeff${csv}`, 'utf16le'), 0.5],
  ])('of %s counts what has to be unpacked or decoded first as a half', async (name, content, last) => {
    await writeFile(join(folder, name), content);
    const shares: number[] = [];
    const onTranscribed = (share: number) => shares.push(share);
    const file = new AnnotationFile(join(folder, name), { temporaryFolder: copies, onTranscribed });
    const { imageCount } = await file.survey(undefined, new AbortController().signal);
    await file.close();
    expect(imageCount).toBe(5_000);
    expect(shares.length).toBeGreaterThan(2);
    expect(shares[0]).toBeLessThan(0.5);
    expect(shares).toEqual(shares.toSorted((one, other) => one - other));
    expect(shares.at(-1)).toBeCloseTo(last, 2);
  });

  it('is not needed for a table in UTF-8', async () => {
    await writeFile(join(folder, 'plain.csv'), csv);
    const shares: number[] = [];
    const onTranscribed = (share: number) => shares.push(share);
    const file = new AnnotationFile(join(folder, 'plain.csv'), { temporaryFolder: copies, onTranscribed });
    await file.survey(undefined, new AbortController().signal);
    await file.close();
    expect(shares).toEqual([]);
  });

  it.each(FILES.map(([name]) => name))('of %s can be cancelled, and leaves nothing', async (name) => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const shares: number[] = [];
    const onTranscribed = (share: number) => {
      shares.push(share);
      controller.abort(reason);
    };
    const file = new AnnotationFile(join(folder, name), { temporaryFolder: copies, onTranscribed });
    await expect(file.survey(undefined, controller.signal)).rejects.toBe(reason);
    await file.close();
    expect(shares[0]).toBeLessThan(1);
    expect(await readdir(copies)).toEqual([]);
  });
});

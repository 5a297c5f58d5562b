import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONTAINERS } from '../../../test/wild/cases/containers.ts';
import { PATHS } from '../../../test/wild/cases/paths.ts';
import { BAD_ROWS, DIALECTS } from '../../../test/wild/cases/tables.ts';
import { CATALOGUES, TOOLS } from '../../../test/wild/cases/tools.ts';
import { writeCase, type WildCase } from '../../../test/wild/wild-case.ts';
import { FilesystemImageFetcher } from '../files/filesystem.image-fetcher.ts';
import { AnnotationsSource } from './annotations.source.ts';
import type { SourceImage } from './dataset-source.port.ts';

const { signal } = new AbortController();
const fetcher = new FilesystemImageFetcher(1_000_000);
/** Only whoever opens a source checks the paths of a pattern, and only whoever imports counts failures. */
const OF_THE_IMPORT = new Set(['tar-pattern-with-a-gap', 'too-many-failures']);
const CASES = [...DIALECTS, ...BAD_ROWS, ...PATHS, ...TOOLS, ...CATALOGUES, ...CONTAINERS].filter(
  ({ from, name }) => !from.endsWith('/') && !OF_THE_IMPORT.has(name),
);

describe('AnnotationsSource reads what people and tools write', () => {
  let folder: string;
  let copies: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-tools-'));
    copies = join(folder, 'copies');
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  it.each(CASES.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const { images, failures = [], error, problem = '' } = one.answer;
    const source = await sourceOf(one);
    try {
      if (error === 'ANNOTATIONS_INVALID') {
        const message = expect.stringContaining(problem);
        await expect(source.count({}, signal)).rejects.toMatchObject({ code: error, message });
        return;
      }
      const found: Record<string, string[]> = {};
      const failed = (await source.faults(signal)).first.map(({ item, error: { code } }) => [item, code]);
      const names = await source.labelNames();
      for await (const image of source.read({}, signal)) {
        const code = await problemWith(image);
        if (code === undefined)
          found[image.externalId] = image.labels.map((key) => names.get(key) ?? key).sort();
        else failed.push([image.externalId, code]);
      }
      const expected = Object.entries(images).map(([id, labels]) => [id, labels.toSorted()]);
      expect(found).toEqual(Object.fromEntries(expected));
      expect(failed.sort()).toEqual(failures.map(([item, code]) => [item, code]).sort());
    } finally {
      await source.close();
    }
    expect(await readdir(copies).catch(() => [])).toEqual([]);
  });

  async function sourceOf(one: WildCase): Promise<AnnotationsSource> {
    const root = join(folder, one.name);
    await writeCase(one, root, 'http://pictures.example');
    return new AnnotationsSource({
      annotationsPath: join(root, one.from),
      imagesRoot: root,
      temporaryFolder: copies,
      ...one.options,
    });
  }

  /** Why none of an image's files can be read. URLs are not fetched. */
  async function problemWith({ locations }: SourceImage): Promise<string | undefined> {
    let problem = 'IMAGE_LOCATION_MISSING';
    for (const [at, location] of locations.entries()) {
      if ('url' in location) return location.url.startsWith('http') ? undefined : 'URL_SCHEME';
      try {
        await fetcher.fetch(location, signal);
        return undefined;
      } catch (error) {
        if (at === 0) problem = (error as { code: string }).code;
      }
    }
    return problem;
  }
});

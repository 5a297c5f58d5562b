import { beforeEach, describe, expect, it } from '@jest/globals';
import type {
  DatasetSource,
  SourceImage,
  SourceSelection,
} from '../../src/datasets/sources/dataset-source.port.ts';

export interface DatasetSourceSubject {
  readonly source: DatasetSource;
  /** Creates another source for the same file or folder. */
  readonly reopen: () => DatasetSource;
  /** The ids of all its images: at least four, with at least two labels on different images. */
  readonly externalIds: readonly string[];
  /** A label that some images have, but not all. */
  readonly label: string;
  readonly labelled: readonly string[];
}

export async function readAll(
  source: DatasetSource,
  selection: SourceSelection = {},
  signal = new AbortController().signal,
): Promise<SourceImage[]> {
  const images: SourceImage[] = [];
  for await (const image of source.read(selection, signal)) images.push(image);
  return images;
}

const ids = (images: readonly SourceImage[]) => images.map(({ externalId }) => externalId);

/** The behaviour that every source of a dataset must have. */
export function datasetSourceContract(make: () => Promise<DatasetSourceSubject>): void {
  describe('as a dataset source', () => {
    const { signal } = new AbortController();
    let subject: DatasetSourceSubject;
    let source: DatasetSource;

    beforeEach(async () => {
      subject = await make();
      ({ source } = subject);
    });

    it('yields every image once, as many as it counts, even if it has not counted first', async () => {
      const images = await readAll(subject.reopen());
      expect(ids(images).sort()).toEqual([...subject.externalIds].sort());
      expect(await source.count({}, signal)).toBe(images.length);
    });

    it('yields images in the same order each time', async () => {
      const first = ids(await readAll(source));
      expect(ids(await readAll(source))).toEqual(first);
      expect(ids(await readAll(subject.reopen()))).toEqual(first);
    });

    it('stops at the limit', async () => {
      const all = ids(await readAll(source));
      expect(await source.count({ limit: 2 }, signal)).toBe(2);
      expect(ids(await readAll(source, { limit: 2 }))).toEqual(all.slice(0, 2));
      expect(await source.count({ limit: 1_000 }, signal)).toBe(all.length);
    });

    it('selects by label, also with a limit', async () => {
      const labelIds = [subject.label];
      expect(await source.count({ labelIds }, signal)).toBe(subject.labelled.length);
      const images = await readAll(source, { labelIds });
      expect(ids(images).sort()).toEqual([...subject.labelled].sort());
      for (const { labels } of images) expect(labels).toContain(subject.label);
      expect(ids(await readAll(source, { labelIds, limit: 1 }))).toEqual(ids(images).slice(0, 1));
    });

    it('rejects labels that no image has, and names them', async () => {
      const counting = source.count({ labelIds: [subject.label, 'no such label'] }, signal);
      await expect(counting).rejects.toMatchObject({
        code: 'LABEL_UNKNOWN',
        details: { labels: ['no such label'] },
      });
    });

    it('stops when it is aborted', async () => {
      const aborted = AbortSignal.abort(new Error('enough'));
      await expect(readAll(source, {}, aborted)).rejects.toThrow('enough');
    });
  });
}

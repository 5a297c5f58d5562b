import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { datasetSourceContract, readAll } from '../../../test/contracts/dataset-source.contract.ts';
import { AnnotationsSource } from './annotations.source.ts';

const { signal } = new AbortController();
let folder: string;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-annotations-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function sourceOf(content: unknown, imagesRoot: string | null = '/pictures') {
  const annotationsPath = join(folder, `${(files += 1)}.json`);
  await writeFile(annotationsPath, typeof content === 'string' ? content : JSON.stringify(content));
  return new AnnotationsSource({ annotationsPath, imagesRoot });
}

const url = (name: string) => ({ url: `https://example.org/${name}` });

describe('AnnotationsSource', () => {
  datasetSourceContract(async () => {
    const source = await sourceOf({
      annotations: [1, 2, 3, 4, 5].map((id) => ({ image_id: id, label_id: id % 2 === 0 ? [7, 8] : 9 })),
      images: [3, 1, 2, 4, 5].map((id) => ({ image_id: id, url: [`https://example.org/${id}.jpg`] })),
    });
    return {
      source,
      reopen: () =>
        new AnnotationsSource({ annotationsPath: join(folder, `${files}.json`), imagesRoot: null }),
      externalIds: ['1', '2', '3', '4', '5'],
      label: '8',
      labelled: ['2', '4'],
    };
  });

  it('reads Furniture 2018', async () => {
    const source = await sourceOf({
      images: [
        { image_id: 1, url: ['https://example.org/a'] },
        { image_id: 2, url: ['https://example.org/b'] },
      ],
      annotations: [
        { image_id: 2, label_id: 5 },
        { image_id: 1, label_id: 38 },
      ],
    });
    expect(await readAll(source)).toEqual([
      { externalId: '1', labels: ['38'], locations: [url('a')] },
      { externalId: '2', labels: ['5'], locations: [url('b')] },
    ]);
  });

  it('reads Fashion 2018 as it is found in the wild, annotations first', async () => {
    const source = await sourceOf({
      annotations: [{ labelId: ['95', '66', '95'], imageId: '1' }],
      info: { year: 2018, description: 'x' },
      images: [{ url: 'https://example.org/a', imageId: '1' }],
      license: null,
    });
    expect(await readAll(source)).toEqual([{ externalId: '1', labels: ['95', '66'], locations: [url('a')] }]);
  });

  it('reads FGVC4 2017: several URLs, in their order', async () => {
    const source = await sourceOf({
      images: [{ imageId: '7', url: ['https://example.org/a', 'https://example.org/b'] }],
    });
    expect(await readAll(source)).toEqual([{ externalId: '7', labels: [], locations: [url('a'), url('b')] }]);
  });

  it('reads Product 2019: classes in the images, no annotations', async () => {
    const source = await sourceOf({
      images: [
        { id: 'aa', url: 'https://example.org/a', class: 12 },
        { id: 'bb', url: 'https://example.org/b', class: 0 },
      ],
    });
    expect(await readAll(source, { labelIds: ['0'] })).toEqual([
      { externalId: 'bb', labels: ['0'], locations: [url('b')] },
    ]);
    expect(await source.count({}, signal)).toBe(2);
  });

  it('joins by id, numbers and strings alike, and never by position', async () => {
    const source = await sourceOf({
      images: [3, 1, 2].map((id) => ({ image_id: id, url: [] })),
      annotations: ['1', '2', '3', '4'].map((id) => ({ image_id: id, label_id: `l${id}` })),
    });
    const images = await readAll(source);
    expect(images.map(({ externalId, labels }) => [externalId, ...labels])).toEqual([
      ['3', 'l3'],
      ['1', 'l1'],
      ['2', 'l2'],
    ]);
    // The fourth annotation is of no image.
    expect(await source.count({ labelIds: ['l4'] }, signal)).toBe(0);
  });

  it('makes one image of all rows of an id: first place and URLs, all labels', async () => {
    const source = await sourceOf({
      images: [
        { id: 1, url: 'https://example.org/a', class: 3 },
        { id: 2, url: 'https://example.org/b' },
        { id: 1, url: 'https://example.org/c', class: 4 },
      ],
      annotations: [
        { image_id: 1, label_id: 5 },
        { image_id: 2, label_id: 5 },
        { image_id: 1, label_id: [3, 6] },
      ],
    });
    const one = { externalId: '1', labels: ['3', '4', '5', '6'], locations: [url('a')] };
    expect(await readAll(source)).toEqual([one, { externalId: '2', labels: ['5'], locations: [url('b')] }]);
    // Also where the rows with other labels come before the one that is wanted.
    expect(await readAll(source, { labelIds: ['6'] })).toEqual([one]);
    expect(await source.count({ labelIds: ['6'] }, signal)).toBe(1);
  });

  it('accepts any text as ids and labels, and distinguishes different spellings', async () => {
    const names = [
      '../../etc',
      '%2e%2e',
      'a\u0000b',
      'CON',
      '_all',
      '漢'.repeat(100),
      '007',
      '7',
      '1e3',
      ' x ',
    ];
    const source = await sourceOf({
      images: names.map((name) => ({ image_id: name, url: [], label_id: name })),
    });
    const images = await readAll(source);
    expect(images.map(({ externalId }) => externalId)).toEqual(names);
    expect(images.map(({ labels }) => labels)).toEqual(names.map((name) => [name]));
    expect(await source.count({ labelIds: ['007'] }, signal)).toBe(1);
  });

  it('tells URLs and paths apart', async () => {
    const paths = ['images/a.jpg', './b c.jpg', '../x.jpg', '/etc/passwd', 'ünï/код.png'];
    const urls = [
      'http://example.org/a',
      'HTTPS://example.org',
      'file:///etc/passwd',
      'data:image/png;base64,xx',
    ];
    const source = await sourceOf({ images: [{ id: 1, url: [...paths, ...urls, null, '', 5] }] });
    const [image] = await readAll(source);
    expect(image?.locations).toEqual([
      ...paths.map((path) => ({ path, root: '/pictures' })),
      ...urls.map((text) => ({ url: text })),
    ]);
  });

  it.each([
    ['an image without id', '{"images": [\n{"id":1},\n{"url":"x"}]}', 3, 'no image id'],
    ['an annotation without id', '{"images": [],\n"annotations": [{"label_id":1}]}', 2, 'no image id'],
    ['an empty id', '{"images": [{"id":""}]}', 1, '1 to 1,000'],
    ['an id that is no text', '{"images": [{"id":{}}]}', 1, 'string or a number'],
    ['an id too large for a number', '{"images": [{"id":9007199254740993}]}', 1, 'too large'],
    ['a label that is an object', '{"images": [{"id":1,"class":[[1]]}]}', 1, 'string or a number'],
    [
      'a second picture of an id',
      '{"images": [{"id":1,"url":"a"},\n{"id":1,"url":"b"},{"id":1,"url":"a"}]}',
      2,
      'another picture',
    ],
  ])('reads the other rows beside %s', async (_what, json, line, problem) => {
    const rest = '"annotations":[{"image_id":"good","label_id":5}]';
    const source = await sourceOf(
      json.replace(/\]\}$/, ',{"id":"good","url":"x"}],').replace('[,', '[') + rest + '}',
    );
    const images = await readAll(source);
    if (!json.includes('annotations')) {
      expect(images.at(-1)).toMatchObject({ externalId: 'good', labels: ['5'] });
    }
    const { count, first } = await source.faults(signal);
    expect(count).toBe(1);
    expect(first).toMatchObject([
      { item: `line ${line}`, error: { code: 'ROW_UNREADABLE', message: expect.stringContaining(problem) } },
    ]);
  });

  it('refuses malformed JSON, in which nothing tells where the next row begins', async () => {
    const source = await sourceOf('{"images": [\n{"id":1},\n{"id":2\n]}');
    await expect(source.count({}, signal)).rejects.toMatchObject({
      code: 'ANNOTATIONS_INVALID',
      details: { line: 4 },
      message: expect.stringContaining('expected'),
    });
  });

  it('notices malformed rows even if they have none of the wanted labels', async () => {
    const source = await sourceOf('{"images": [{"id":1,"class":1},\n{"id":2,"class":2,"url":nonsense}]}');
    await expect(source.count({ labelIds: ['1'] }, signal)).rejects.toMatchObject({ details: { line: 2 } });
  });

  it('refuses a file without images', async () => {
    const source = await sourceOf({ annotations: [{ image_id: 1, label_id: 2 }] });
    await expect(source.count({}, signal)).rejects.toMatchObject({ code: 'ANNOTATIONS_INVALID' });
  });

  describe('label names', () => {
    async function beside(name: string, content: string) {
      const own = join(folder, `names-${(files += 1)}`);
      await mkdir(own);
      await writeFile(join(own, name), content);
      await writeFile(join(own, 'annotations.json'), '{"images":[]}');
      return {
        annotationsPath: join(own, 'annotations.json'),
        labelNamesPath: join(own, name),
        imagesRoot: null,
      };
    }

    it.each(['labels.json', 'label_map.json'])('finds %s beside the annotations', async (name) => {
      const { annotationsPath } = await beside(name, '\uFEFF{"1": "fruit"}');
      const source = new AnnotationsSource({ annotationsPath, imagesRoot: null });
      expect(await source.labelNames()).toEqual(new Map([['1', 'fruit']]));
    });

    it('reads the file that is named, and says if it holds no label names', async () => {
      expect(await new AnnotationsSource(await beside('names.json', '{"1": "fruit"}')).labelNames()).toEqual(
        new Map([['1', 'fruit']]),
      );
      for (const content of ['[1]', '{"1": 2}', 'no json']) {
        const source = new AnnotationsSource(await beside('names.json', content));
        await expect(source.labelNames()).rejects.toMatchObject({ code: 'ANNOTATIONS_INVALID' });
      }
    });

    it.each([
      ['a list without ids', '[{"name": "fruit"}]'],
      ['an object of numbers', '{"1": 2}'],
      ['a file that is too large', `["${'x'.repeat(17 * 1024 * 1024)}"]`],
    ])(
      'ignores a file beside the annotations that means something else, and says so: %s',
      async (_, content) => {
        const warned = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
        const { annotationsPath } = await beside('labels.json', content);
        expect(await new AnnotationsSource({ annotationsPath, imagesRoot: null }).labelNames()).toEqual(
          new Map(),
        );
        expect(warned.mock.calls).toEqual([[expect.stringMatching(/^labels\.json.*was ignored/)]]);
        warned.mockRestore();
      },
    );

    it('select images as keys do, unless a label has the name as its key', async () => {
      const { annotationsPath, labelNamesPath } = await beside(
        'selected.json',
        JSON.stringify({ 1: 'fruit', 2: 'bird', 3: 'bird', 4: '1', 9: 'unused' }),
      );
      const images = [1, 2, 3, 4].map((id) => ({ image_id: id, url: [`https://example.org/${id}`] }));
      const annotations = images.map(({ image_id }) => ({ image_id, label_id: image_id }));
      await writeFile(annotationsPath, JSON.stringify({ images, annotations }));
      const selected = async (...labelIds: string[]) => {
        const source = new AnnotationsSource({ annotationsPath, labelNamesPath, imagesRoot: null });
        const ids = (await readAll(source, { labelIds })).map(({ externalId }) => externalId);
        expect(await source.count({ labelIds }, signal)).toBe(ids.length);
        return ids;
      };
      expect(await selected('fruit')).toEqual(['1']);
      expect(await selected('bird', '4')).toEqual(['2', '3', '4']);
      expect(await selected('1')).toEqual(['1']);
      for (const [label, near] of [
        ['friut', ['fruit']],
        ['unused', ['unused']],
        ['brid', ['bird']],
      ] as const) {
        await expect(selected('1', label)).rejects.toMatchObject({
          code: 'LABEL_UNKNOWN',
          details: { labels: [label], near: near[0] === label ? [] : near },
        });
      }
    });

    it('refuses a file beside the annotations that is damaged, and says which', async () => {
      const { annotationsPath } = await beside('labels.json', '{"1": "fru');
      const source = new AnnotationsSource({ annotationsPath, imagesRoot: null });
      await expect(source.labelNames()).rejects.toMatchObject({
        code: 'ANNOTATIONS_INVALID',
        message: expect.stringContaining('labels.json, beside the annotations'),
      });
    });

    it('refuses a file beside the annotations that cannot be opened', async () => {
      const { annotationsPath, labelNamesPath } = await beside('labels.json', '{}');
      await rm(labelNamesPath);
      await mkdir(labelNamesPath);
      const source = new AnnotationsSource({ annotationsPath, imagesRoot: null });
      await expect(source.labelNames()).rejects.toMatchObject({ code: 'ANNOTATIONS_INVALID' });
    });

    it('does not take the annotation file itself for a file of label names', async () => {
      const own = await mkdtemp(join(folder, 'own-'));
      const annotationsPath = join(own, 'labels.json');
      await writeFile(
        annotationsPath,
        '{"id": 1, "url": "https://example.org/1"}\n{"id": 2, "url": "https://example.org/2"}\n',
      );
      const source = new AnnotationsSource({ annotationsPath, imagesRoot: null });
      expect(await source.labelNames()).toEqual(new Map());
    });
  });
});

import type { WildCase } from '../wild-case.ts';

const NFC = 'caf\u00e9';
const NFD = 'cafe\u0301';

/** A table of one path, as another tool or machine has written it. */
function path(
  name: string,
  written: string,
  pictures: readonly string[],
  rest: Partial<WildCase> = {},
): WildCase {
  return {
    name,
    files: { 'table.csv': `id,path\n1,${written}\n` },
    pictures,
    from: 'table.csv',
    answer: { images: { 1: [] } },
    ...rest,
  };
}

export const PATHS: readonly WildCase[] = [
  path('backslashes', 'images\\1.jpg', ['images/1.jpg']),
  path('drive-of-windows', 'C:\\Users\\me\\set\\images\\1.jpg', ['images/1.jpg']),
  path('absolute-elsewhere', '/content/drive/set/images/1.jpg', ['images/1.jpg']),
  path('spaces-around', '  images/1.jpg  ', ['images/1.jpg']),
  path('percent-escapes', 'images/a%20b.jpg', ['images/a b.jpg']),
  path('percent-that-is-meant', 'images/a%20b.jpg', ['images/a%20b.jpg', 'images/a b.jpg']),
  path('composed', `images/${NFC}.jpg`, [`images/${NFD}.jpg`]),
  path('decomposed', `images/${NFD}.jpg`, [`images/${NFC}.jpg`]),
  path('letter-case', 'Images/1.JPG', ['images/1.jpg']),
  path('without-folder', '1.jpg', ['images/1.jpg']),
  path('without-extension', 'images/1', ['images/1.jpg']),
  path('several-fit', 'images/A.jpg', ['images/a.jpg', 'images/a.JPG'], {
    answer: {
      images: {},
      failures: [['1', 'SOURCE_FILE_AMBIGUOUS', 'images/a.jpg']],
      error: 'IMPORT_ALL_FAILED',
    },
  }),
  path('out-of-the-folder', '../../secret.jpg', ['images/1.jpg'], {
    answer: { images: {}, failures: [['1', 'IMAGE_PATH_OUTSIDE', '']], error: 'IMPORT_ALL_FAILED' },
  }),
  path('missing', 'images/2.jpg', ['images/1.jpg'], {
    answer: {
      images: {},
      failures: [['1', 'SOURCE_FILE_NOT_FOUND', '/missing']],
      error: 'IMPORT_ALL_FAILED',
    },
  }),
  path('file-of-the-system', 'file:///etc/passwd', [], {
    answer: { images: {}, failures: [['1', 'URL_SCHEME', '']], error: 'IMPORT_ALL_FAILED' },
  }),
  path('named-by-id-only', '', ['pictures/1.png'], {
    files: { 'table.csv': 'id,gender\n1,Men\n' },
    options: { pathTemplate: 'pictures/{id}.png' },
  }),
  {
    name: 'absolute-inside',
    prepare: async (folder) => {
      const { writeFile } = await import('node:fs/promises');
      await writeFile(`${folder}/table.csv`, `id,path\n1,${folder}/images/1.jpg\n`);
    },
    pictures: ['images/1.jpg'],
    from: 'table.csv',
    answer: { images: { 1: [] } },
  },
];

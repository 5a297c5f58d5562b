import { mkdir, writeFile } from 'node:fs/promises';
import type { WildCase } from '../wild-case.ts';

const SKIPPED = 'SOURCE_FOLDER_SKIPPED';

/** Folders as people have them. */
export const FOLDERS: readonly WildCase[] = [
  {
    name: 'labels',
    pictures: ['hat/a.png', 'hat/deep/b.png', 'shoe/with space.png', 'shoe/quote".png', 'loose.png'],
    files: { 'hat/.DS_Store': 'x', 'hat/._a.png': 'x' },
    from: './',
    answer: {
      images: {
        'hat/a.png': ['hat'],
        'hat/deep/b.png': ['hat'],
        'shoe/with space.png': ['shoe'],
        'shoe/quote".png': ['shoe'],
        'loose.png': [],
      },
    },
  },
  {
    name: 'splits',
    pictures: ['train/hat/a.png', 'val/hat/b.png', 'test/shoe/c.png'],
    from: './',
    answer: {
      images: { 'train/hat/a.png': ['hat'], 'val/hat/b.png': ['hat'], 'test/shoe/c.png': ['shoe'] },
    },
  },
  {
    name: 'level-named',
    pictures: ['summer/hat/a.png', 'winter/shoe/b.png'],
    from: './',
    options: { labelLevel: 2 },
    answer: { images: { 'summer/hat/a.png': ['hat'], 'winter/shoe/b.png': ['shoe'] } },
  },
  {
    name: 'links',
    pictures: ['hat/a.png', 'store/b.png'],
    files: {
      shoe: { linkTo: 'store' },
      'hat/again': { linkTo: '..' },
      'hat/passwd.png': { linkTo: '/etc/passwd' },
      'hat/etc': { linkTo: '/etc' },
    },
    from: './',
    answer: {
      images: { 'hat/a.png': ['hat'], 'store/b.png': ['store'], 'shoe/b.png': ['shoe'] },
      failures: [
        ['hat/again', SKIPPED, 'a link to a folder that contains it'],
        ['hat/etc', SKIPPED, 'leads out of the imported folder'],
        ['hat/passwd.png', 'IMAGE_PATH_OUTSIDE', ''],
      ],
    },
  },
  {
    name: 'foreign-names',
    pictures: ['hat/a.png'],
    prepare: async (folder) => {
      const bytes = Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9])]);
      await mkdir(bytes);
      await writeFile(Buffer.concat([bytes, Buffer.from('/x.png')]), 'x');
      await writeFile(
        Buffer.concat([Buffer.from(`${folder}/hat/`), Buffer.from([0xe9]), Buffer.from('.png')]),
        'x',
      );
    },
    from: './',
    answer: {
      images: { 'hat/a.png': ['hat'] },
      failures: [
        ['caf\uFFFD', SKIPPED, 'its name is not UTF-8'],
        ['hat/\uFFFD.png', SKIPPED, 'its name is not UTF-8'],
      ],
    },
  },
  {
    name: 'other-files',
    pictures: ['hat/a.png'],
    files: { 'hat/empty.png': '', 'hat/notes.txt': 'about hats' },
    from: './',
    answer: {
      images: { 'hat/a.png': ['hat'] },
      failures: [
        ['hat/empty.png', 'EMPTY_FILE', ''],
        ['hat/notes.txt', 'UNSUPPORTED_MEDIA_TYPE', ''],
      ],
    },
  },
];

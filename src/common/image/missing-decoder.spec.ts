import { createRequire, Module } from 'node:module';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { flatJpeg } from '../../../test/wild/pictures/flat-jpeg.ts';
import { heic } from '../../../test/wild/pictures/heic.ts';
import { checkImage } from './check-image.ts';

const { peerDependencies } = createRequire(import.meta.url)('../../../package.json') as {
  peerDependencies: Readonly<Record<string, string>>;
};
const DECODER = '@imagemagick/magick-wasm';

interface Resolving {
  _resolveFilename(request: string, ...others: unknown[]): string;
}

beforeEach(() => {
  const node = Module as unknown as Resolving;
  const resolve = node._resolveFilename.bind(node);
  jest.spyOn(node, '_resolveFilename').mockImplementation((request, ...others) => {
    if (request.startsWith(DECODER)) throw new Error(`Cannot find module '${request}'`);
    return resolve(request, ...others);
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

it('names the package to install for pictures that need it', async () => {
  const install = `${DECODER}@${peerDependencies[DECODER]}`;
  const colour = () => [128, 128, 128] as const;
  for (const [bytes, found] of [
    [heic({ columns: 1, rows: 1, across: 1, down: 1, colour }), 'a HEIC photo'],
    [flatJpeg({ columns: 1, rows: 1, precision: 12, colour }), 'a JPEG of 12 bits'],
  ] as const) {
    await expect(checkImage(bytes, { maxPixels: 1_000_000 })).rejects.toMatchObject({
      code: 'UNSUPPORTED_MEDIA_TYPE',
      message: expect.stringContaining(`npm install ${install}`),
      details: { found, install },
    });
  }
});

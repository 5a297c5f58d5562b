import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { serveStamps } from '../clients/stamps.ts';
import type { Service } from '../e2e/service.ts';
import { examples, expectedLines, printedBy } from './examples.ts';

const hasCurl = spawnSync('curl', ['--version']).status === 0;
// eslint-disable-next-line no-console -- skipped tests must not go unnoticed
if (!hasCurl) console.warn('SKIPPED: the example with curl, which is not installed.');

describe('the examples that are programs', () => {
  let service: Service;
  let expected: string;

  beforeAll(async () => {
    ({ service } = await serveStamps(100));
    expected = await expectedLines(service);
  });

  it.each(['urql', 'fetch'])('print the hits: %s', async (name) => {
    expect(expected).toMatch(/^0\.\d{4} mammal-[a-z]+\.jpg\n/);
    expect(await printedBy(process.execPath, [join(examples, name, 'search.js')], service)).toBe(expected);
  });

  (hasCurl ? it : it.skip)('print the hits: curl', async () => {
    const answer = JSON.parse(await printedBy(join(examples, 'curl', 'search.sh'), [], service)) as {
      data: { similarImages: { nodes: { score: number; image: { fileName: string } }[] } };
    };
    const lines = answer.data.similarImages.nodes.map(
      ({ score, image }) => `${score.toFixed(4)} ${image.fileName}\n`,
    );
    expect(lines.join('')).toBe(expected);
  });
});

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

async function manifest(...path: string[]): Promise<Manifest> {
  return JSON.parse(await readFile(join(...path, 'package.json'), 'utf8')) as Manifest;
}

describe('the packages of the examples', () => {
  it('are pinned to the versions that are tested here', async () => {
    const folders = (await readdir(examples, { withFileTypes: true })).filter((entry) => entry.isDirectory());
    const files = await Promise.all(folders.map(({ name }) => readdir(join(examples, name))));
    const withManifest = folders.filter((_, at) => files[at]?.includes('package.json'));
    expect(withManifest.map(({ name }) => name).sort()).toEqual(['apollo-react', 'similar-products', 'urql']);
    for (const { name } of withManifest) {
      const { dependencies, devDependencies } = await manifest(examples, name);
      for (const [dependency, version] of Object.entries({ ...dependencies, ...devDependencies })) {
        const installed = await manifest(examples, '..', 'node_modules', dependency);
        expect([name, dependency, version]).toEqual([name, dependency, installed.version]);
      }
    }
  });

  it('need no more than 100 lines for the widget and its page', async () => {
    const files = ['index.html', 'similar-products.ts', 'vite.config.js'];
    const texts = await Promise.all(
      files.map((file) => readFile(join(examples, 'similar-products', file), 'utf8')),
    );
    expect(texts.join('').split('\n').length - 1).toBeLessThanOrEqual(100);
  });
});

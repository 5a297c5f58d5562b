import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Service } from '../e2e/service.ts';
import { ended, start } from '../integration/lookalike.ts';
import { pictureAt, writeCase, type RightAnswer, type WildCase } from './wild-case.ts';

interface Brought {
  readonly images: Record<string, string[]>;
  readonly failures: { readonly item: string; readonly code: string; readonly message: string }[];
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** Imports every case by the command line and through the API, and compares what came of it with the right answer. */
export function wildSuite(cases: readonly WildCase[]): void {
  describe('files as they are', () => {
    let folder: string;
    let service: Service;
    let pictures: Server;
    let settings: Record<string, string>;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'lookalike-wild-'));
      pictures = createServer((request, response) => {
        if (request.url?.startsWith('/pictures/') !== true) response.writeHead(404).end();
        else void pictureAt(request.url, request.url.length).then((bytes) => response.end(bytes));
      });
      await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve));
      const { port } = pictures.address() as AddressInfo;
      settings = {
        IMPORT_ROOTS: folder,
        DOWNLOAD_PORTS: String(port),
        DOWNLOAD_ALLOW_LOOPBACK: 'true',
        DOWNLOAD_ATTEMPTS: '1',
      };
      service = await Service.start(settings);
      const address = `http://127.0.0.1:${port}`;
      for (const one of cases) await writeCase(one, join(folder, one.name), address);
    });

    afterAll(async () => {
      pictures.close();
      await service.stopAndForget();
      await rm(folder, { recursive: true, force: true });
    });

    it.each(cases.map((one) => [one.name, one] as const))('%s', async (name, one) => {
      const byCommand = await importByCommand(one, `${name}-by-command`);
      const byApi = await importByApi(one, `${name}-by-api`);
      expect({ byCommand, byApi }).toEqual({
        byCommand: asExpected(one.answer),
        byApi: asExpected(one.answer),
      });
    });

    async function importByCommand(
      { name, from, options = {} }: WildCase,
      dataset: string,
    ): Promise<Brought> {
      const kind = from.endsWith('/') ? 'directory' : 'annotations';
      const flags = Object.entries(options).flatMap(([option, value]) => [
        `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
        String(value),
      ]);
      const place = join(folder, name, from);
      const child = start(
        service.dataDir,
        ['import', kind, place, '--dataset', dataset, ...flags, '--json'],
        settings,
      );
      const { code, stdout, stderr } = await ended(child);
      const events = stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const job = events.find(({ event }) => event === 'job');
      const error = (job?.error ?? errorIn(stderr)) as Brought['error'];
      if (code !== (error === null ? 0 : 1)) throw new Error(`lookalike ended with ${code}: ${stderr}`);
      const failures = events.filter(({ event }) => event === 'failure') as unknown as Brought['failures'];
      return { ...(await imagesOf(dataset)), failures: sorted(failures), error };
    }

    async function importByApi({ name, from, options = {} }: WildCase, dataset: string): Promise<Brought> {
      const place = join(folder, name, from);
      const source = from.endsWith('/') ? { directoryPath: place } : { annotationsPath: place };
      const { data, errors } = await service.graphql<{ importDataset: { id: string } }>(
        'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id } }',
        { input: { dataset, ...source, ...options } },
      );
      const [refused] = errors ?? [];
      if (refused !== undefined) {
        const error = { code: String(refused.extensions.code), message: refused.message };
        return { images: {}, failures: [], error };
      }
      const { failures, error } = await service.job(data.importDataset.id);
      return { ...(await imagesOf(dataset)), failures: sorted(failures.nodes), error };
    }

    async function imagesOf(dataset: string): Promise<Pick<Brought, 'images'>> {
      const { data } = await service.graphql<{
        images: { nodes: { externalId: string; labels: { name: string }[] }[] };
      }>(
        'query ($dataset: ID!) { images(dataset: $dataset, first: 100) { nodes { externalId labels { name } } } }',
        {
          dataset,
        },
      );
      const nodes = data?.images?.nodes ?? [];
      const named = nodes.map(({ externalId, labels }) => [
        externalId,
        labels.map(({ name }) => name).sort(),
      ]);
      return { images: Object.fromEntries(named) as Brought['images'] };
    }
  });
}

/** The error that a command prints, as JSON, if it fails before there is a job. */
function errorIn(stderr: string): Brought['error'] {
  const line = stderr.split('\n').find((text) => text.startsWith('{"error"'));
  return line === undefined ? null : (JSON.parse(line) as { error: NonNullable<Brought['error']> }).error;
}

function sorted(failures: Brought['failures']): Brought['failures'] {
  return failures
    .map(({ item, code, message }) => ({ item, code, message }))
    .sort((a, b) => (a.item < b.item ? -1 : a.item > b.item ? 1 : a.message < b.message ? -1 : 1));
}

function asExpected({ images, failures = [], error, problem = '' }: RightAnswer) {
  const containing = (text: string) => expect.stringContaining(text) as unknown as string;
  return {
    images: Object.fromEntries(Object.entries(images).map(([id, labels]) => [id, labels.toSorted()])),
    failures: sorted(failures.map(([item, code, message]) => ({ item, code, message }))).map((failure) => ({
      ...failure,
      message: containing(failure.message),
    })),
    error:
      error === undefined ? null : expect.objectContaining({ code: error, message: containing(problem) }),
  };
}

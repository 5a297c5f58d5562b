import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import { seededRandom } from '../contracts/vectors.ts';
import { HostileServer } from '../fixtures/hostile-server.ts';
import { isHad, mixedCatalogue, type MixedImage } from '../fixtures/mixed-catalogue.ts';
import { complaintsOf, ended, start } from './lookalike.ts';

/** Set `KILLED_IMAGES=5000` for a long run. */
const IMAGES = Number(process.env.KILLED_IMAGES ?? 1_500);
const HOSTS = 20;
const KILLS = 10;

interface LedgerRow {
  readonly external_id: string;
  readonly url: string;
  readonly state: string;
  readonly code: string | null;
}

function read<Row>(dataDir: string, query: string): Row[] {
  const db = new BetterSqlite3(join(dataDir, 'lookalike.db'), { readonly: true });
  try {
    return db.prepare(query).all() as Row[];
  } finally {
    db.close();
  }
}

const ledgerOf = (dataDir: string) =>
  read<LedgerRow>(dataDir, 'select external_id, url, state, code from downloads order by external_id, url');
const imagesOf = (dataDir: string) =>
  read(dataDir, 'select external_id, sha256, source_url from images order by external_id');

describe('an import over the network that is killed repeatedly', () => {
  let server: HostileServer;
  let catalogue: MixedImage[];
  let folders: string[];
  let annotations: string;

  const folder = async () => {
    const made = await mkdtemp(join(tmpdir(), 'lookalike-'));
    folders.push(made);
    return made;
  };
  const startImport = (dataDir: string) =>
    start(dataDir, ['import', 'imaterialist', annotations, '--dataset', 'shops', '--json'], {
      DOWNLOAD_ALLOW_LOOPBACK: 'true',
      DOWNLOAD_PORTS: String(server.port),
      // A machine that pauses for a while must not turn a good picture into a failure.
      DOWNLOAD_CONNECT_TIMEOUT_MS: '60000',
      DOWNLOAD_TIMEOUT_MS: '120000',
      DOWNLOAD_ATTEMPTS: '6',
    });

  beforeEach(async () => {
    folders = [];
    server = new HostileServer({ width: 160, height: 160, seed: 4, failureShare: 0.12 });
    await server.start();
    catalogue = mixedCatalogue({
      count: IMAGES,
      hosts: HOSTS,
      port: server.port,
      seed: 4,
      failureShare: 0.12,
    });
    annotations = join(await folder(), 'annotations.json');
    const images = catalogue.map(({ id, url }) => ({ image_id: id, url: [url] }));
    await writeFile(
      annotations,
      JSON.stringify({
        images,
        annotations: images.map(({ image_id }) => ({ image_id, label_id: image_id % 7 })),
      }),
    );
  });
  afterEach(async () => {
    await server.close();
    await Promise.all(folders.map((path) => rm(path, { recursive: true, force: true })));
  });

  it(`ends as an undisturbed one does after ${KILLS} kills, and asks for nothing twice that it had`, async () => {
    const undisturbed = await folder();
    const whole = await ended(startImport(undisturbed));
    expect(whole.code).toBe(0);
    const had = catalogue.filter(({ kind }) => isHad(kind)).length;
    expect(
      JSON.parse(
        whole.stdout
          .trimEnd()
          .split('\n')
          .findLast((line) => line.includes('"event":"job"')) ?? '',
      ),
    ).toMatchObject({
      state: 'SUCCEEDED',
      done: had,
      failed: IMAGES - had,
    });

    server.reset();
    const disturbed = await folder();
    const random = seededRandom(4);
    const requestsWhenHad = new Map<string, number>();
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const child = startImport(disturbed);
      const end = ended(child);
      await Promise.race([underWay(child), end]);
      await sleep(random() * 1_000);
      child.kill('SIGKILL');
      await end;
      for (const { url, state } of ledgerOf(disturbed)) {
        const key = url.replace('http://', '').replace(`:${server.port}`, '');
        if (state !== 'SUCCEEDED' || requestsWhenHad.has(key)) continue;
        requestsWhenHad.set(key, server.allRequests().get(key) ?? 0);
      }
    }
    expect(requestsWhenHad.size).toBeGreaterThan(0);
    const last = await ended(startImport(disturbed));
    expect({ code: last.code, complaints: complaintsOf(last) }).toEqual({ code: 0, complaints: [] });

    expect(imagesOf(disturbed)).toEqual(imagesOf(undisturbed));
    expect(ledgerOf(disturbed)).toEqual(ledgerOf(undisturbed));
    const askedAgain = [...requestsWhenHad].filter(([key, times]) => server.allRequests().get(key) !== times);
    expect(askedAgain).toEqual([]);
  });
});

/** Waits until the job is running. */
function underWay(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('"state":"RUNNING"')) resolve();
    });
  });
}

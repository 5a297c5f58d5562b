import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { FakeJobRun } from '../../../test/fakes/fake.job-run.ts';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { jpegOf } from '../../../test/fixtures/pictures.ts';
import { seededRandom } from '../../common/index.ts';
import { Database, migrate } from '../../database/index.ts';
import { downloadPlaceholder } from '../datasets.errors.ts';
import type { DownloadOutcome } from '../ledger/downloads.ts';
import { datasetsMigrations } from './index.ts';

/** Each kept count beside the rows that it counts, where they differ. */
const WRONG = `
  select 'dataset' as of, name, image_count as kept, (select count(*) from images where dataset_id = datasets.id) as rows
  from datasets where kept <> rows
  union all
  select 'label', key, image_count as kept, (select count(*) from image_labels where label_id = labels.id) as rows
  from labels where kept <> rows
  union all
  select 'attribute', name, image_count as kept,
    (select count(distinct image_id) from image_attributes where attribute_id = attributes.id) as rows
  from attributes where kept <> rows
  union all
  select 'value', attribute_id || ' ' || value, image_count as kept, (
    select count(distinct image_id) from image_attributes
    where image_attributes.attribute_id = attribute_values.attribute_id
      and coalesce(text, number) = attribute_values.value
  ) as rows
  from attribute_values where kept <> rows
  union all
  select 'value without count', coalesce(text, number), 0, count(*) from image_attributes
  where coalesce(text, number) is not null and not exists (
    select 1 from attribute_values
    where attribute_values.attribute_id = image_attributes.attribute_id and value = coalesce(text, number)
  ) group by attribute_id, 2
  union all
  select 'block', coalesce(text, number), 0, image_id from image_attributes
  where coalesce(text, number) is not null and not exists (
    select 1 from attribute_blocks
    where attribute_blocks.attribute_id = image_attributes.attribute_id and block = image_id >> 10
      and coalesce(text, number) between least and most
  )
  union all
  select 'downloads', host || state || code, urls * 1000000 + bytes as kept, (
    select count(*) * 1000000 + coalesce(sum(bytes), 0) from downloads
    where downloads.dataset_id = download_counts.dataset_id and downloads.host = download_counts.host
      and downloads.state = download_counts.state and coalesce(downloads.code, '') = download_counts.code
  ) as rows from download_counts where kept <> rows`;

async function wrongCounts(database: Database): Promise<unknown[]> {
  return (await sql.raw(WRONG).execute(database.tables<unknown>())).rows;
}

describe('kept counts', () => {
  let app: DatasetsApp;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    app = await DatasetsApp.open();
  });

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await app.close();
  });

  const put = async (datasetId: number, seed: number, externalId: string) => {
    const labels = [`label ${seed % 3}`, `label ${seed % 5}`];
    const attributes = [
      { name: 'price', value: seed },
      { name: 'tags', value: seed % 2 === 0 ? ['a', 'b', 'a'] : [] },
    ];
    await app.images.putImages(datasetId, [{ externalId, bytes: await jpegOf(seed), labels, attributes }]);
  };

  it('follow everything that changes images', async () => {
    const random = seededRandom(3);
    const below = (bound: number) => Math.floor(random() * bound);
    const { dataset } = await app.datasets.findOrCreate('shop');
    for (let step = 0; step < 40; step += 1) {
      const externalId = `item ${below(8)}`;
      const image = await app.images.findByExternalId(dataset.id, externalId);
      const what = below(4);
      if (what < 2 || image === undefined) await put(dataset.id, step, externalId);
      else if (what === 2) await app.images.deleteImages([image.id]);
      else {
        const update = { imageId: image.id, removeLabels: ['label 1'], addLabels: [`new ${below(3)}`] };
        await app.images.updateImages([{ ...update, attributes: [{ name: 'price', value: null }] }]);
      }
      expect(await wrongCounts(app.database)).toEqual([]);
    }
    expect(await app.images.count(dataset.id)).toBeGreaterThan(0);
    const used = await app.datasets.labels(dataset.id);
    expect(used.length).toBeGreaterThan(2);

    await app.deleteDataset.run(new FakeJobRun(dataset.id, {}));
    expect(await wrongCounts(app.database)).toEqual([]);
    const { rows } = await sql`select * from download_counts`.execute(app.db);
    expect(rows).toEqual([]);
  });

  it('follow the outcomes of downloads, and list them in pages', async () => {
    const { dataset } = await app.datasets.findOrCreate('shop');
    const outcome = (at: number, code: string | null): DownloadOutcome => ({
      externalId: `item ${at}`,
      url: `https://host-${at % 2}.test/${at}`,
      host: `host-${at % 2}.test`,
      labels: [],
      state: code === null ? 'SUCCEEDED' : 'FAILED',
      code,
      message: code,
      httpStatus: 200,
      attempts: 1,
      bytes: code === null ? 10 + at : null,
      ms: 1,
      sha256: code === null ? 'same' : null,
    });
    const codes = [null, 'A', 'B'];
    await app.ledger.record(
      dataset.id,
      1,
      Array.from({ length: 30 }, (_, at) => outcome(at, codes[at % 3]!)),
    );
    await app.ledger.record(
      dataset.id,
      2,
      Array.from({ length: 9 }, (_, at) => outcome(at, codes[(at + 1) % 3]!)),
    );
    expect(await wrongCounts(app.database)).toEqual([]);
    expect(await app.ledger.listRepeatedBodies(dataset.id, 4)).toHaveLength(2);

    const failed = { state: 'FAILED', codes: ['A', 'B'] } as const;
    const first = await app.ledger.list(dataset.id, failed, { limit: 4 });
    const second = await app.ledger.list(dataset.id, failed, { limit: 100, after: first.at(-1)!.id });
    expect([...first, ...second].map(({ id }) => id)).toEqual(
      (await app.ledger.list(dataset.id, {}, { limit: 100 }))
        .filter(({ state }) => state === 'FAILED')
        .map(({ id }) => id),
    );
    expect(await app.ledger.count(dataset.id, failed)).toBe(first.length + second.length);
    expect(await app.ledger.countMissingImages(dataset.id, undefined)).toBe(first.length + second.length);
    expect(await app.ledger.listMissingImages(dataset.id, ['A'], { after: '', limit: 3 })).toHaveLength(3);

    await app.ledger.markFailed(dataset.id, 'host-0.test', 'same', downloadPlaceholder('host-0.test', 9));
    expect(await wrongCounts(app.database)).toEqual([]);
    expect(
      (await app.ledger.countByOutcome(dataset.id)).map(({ urls }) => urls).reduce((a, b) => a + b),
    ).toBe(30);
  });

  it('stay right while several processes write, and when one of them is killed', async () => {
    const { dataset } = await app.datasets.findOrCreate('shop');
    const script = join(app.database.dataDir, 'writer.cjs');
    const sqlite = createRequire(import.meta.url).resolve('better-sqlite3');
    await writeFile(
      script,
      `const [file, name] = process.argv.slice(2);
      const db = new (require(${JSON.stringify(sqlite)}))(file, { timeout: 30000 });
      db.pragma('foreign_keys = ON');
      const add = db.prepare("insert into images (dataset_id, external_id, sha256, file_name, width, height, format, bytes, created_at) values (${dataset.id}, ?, 'x', 'x', 1, 1, 'png', 1, 0)");
      const label = db.prepare("insert into labels (dataset_id, key, name) values (${dataset.id}, ?, ?) on conflict do update set name = name returning id").pluck();
      const link = db.prepare('insert into image_labels values (?, ?)');
      const remove = db.prepare('delete from images where id = ?');
      for (let at = 0; ; at += 1) {
        db.transaction(() => {
          const labelId = label.get('shared', 'shared');
          const ids = [0, 1, 2].map((n) => add.run(name + ' ' + at + ' ' + n).lastInsertRowid);
          for (const id of ids) link.run(id, labelId);
          remove.run(ids[0]);
        }).immediate();
        process.send(at);
      }`,
    );
    for (const name of ['one', 'two']) children.push(fork(script, [app.database.file, name]));
    for (let seed = 0; seed < 6; seed += 1) await put(dataset.id, seed, `own ${seed}`);
    await Promise.all(children.map((child) => once(child, 'message')));
    for (const child of children) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    expect(await wrongCounts(app.database)).toEqual([]);
    const labels = await app.datasets.labels(dataset.id);
    expect(labels.find(({ key }) => key === 'shared')?.imageCount).toBeGreaterThan(0);
  });
});

it('counts what a data folder of an earlier version has', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lookalike-'));
  const database = Database.open(directory);
  try {
    const earlier = Object.entries(datasetsMigrations).filter(([name]) => name < '0024');
    await migrate(database, Object.fromEntries(earlier));
    const db = database.tables<unknown>();
    for (const statement of [
      "insert into datasets (name, created_at) values ('shop', 0)",
      "insert into labels (dataset_id, key, name) values (1, 'a', 'a'), (1, 'b', 'b')",
      "insert into attributes (dataset_id, name, type) values (1, 'tags', 'STRINGS')",
      `insert into images (dataset_id, external_id, sha256, width, height, format, bytes, created_at)
        values (1, 'x', 'x', 1, 1, 'png', 1, 0), (1, 'y', 'y', 1, 1, 'png', 1, 0)`,
      'insert into image_labels values (1, 1), (2, 1)',
      "insert into image_attributes values (1, 1, 0, 'p', null), (1, 1, 1, 'q', null)",
      `insert into downloads (dataset_id, external_id, url, host, labels, state, attempts, bytes, ms, job_id, tried_at)
        values (1, 'x', 'https://a.test/x', 'a.test', '[]', 'SUCCEEDED', 1, 7, 1, 1, 0)`,
    ]) {
      await sql.raw(statement).execute(db);
    }
    await migrate(database, datasetsMigrations);
    expect(await wrongCounts(database)).toEqual([]);
    const { rows } = await sql`select image_count from labels order by key`.execute(db);
    expect(rows).toEqual([{ image_count: 2 }, { image_count: 0 }]);
  } finally {
    await database.close();
    await rm(directory, { recursive: true, force: true });
  }
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import { sql } from 'kysely';
import { Database, migrate } from '../../database/index.ts';
import { datasetsMigrations } from './index.ts';

it('keeps what sources have brought, to be compared once more', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lookalike-'));
  const database = Database.open(directory);
  try {
    const earlier = Object.entries(datasetsMigrations).filter(([name]) => name < '0036');
    await migrate(database, Object.fromEntries(earlier));
    const db = database.tables<unknown>();
    await sql`insert into import_sources (dataset_id, key, root, last_pass) values (1, 'k', '/r', 3)`.execute(
      db,
    );
    await sql`insert into source_items (source_id, external_id, place, version, sha256, labels, attributes, pass)
      values (1, 'a', 'a.jpg', '1-2', 'x', '["hat"]', '{}', 3)`.execute(db);

    await migrate(database, datasetsMigrations);
    expect((await sql`select * from import_sources`.execute(db)).rows).toEqual([
      { id: 1, dataset_id: 1, key: 'k', root: '/r' },
    ]);
    expect((await sql`select * from source_items`.execute(db)).rows).toEqual([
      {
        id: 1,
        source_id: 1,
        external_id: 'a',
        place: 'a.jpg',
        version: '1-2',
        sha256: 'x',
        labels: '["hat"]',
        attributes: '{}',
        image_change: null,
      },
    ]);
  } finally {
    await database.close();
    await rm(directory, { recursive: true, force: true });
  }
});

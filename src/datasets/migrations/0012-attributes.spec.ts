import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { Database, migrate } from '../../database/index.ts';
import { datasetsMigrations } from './index.ts';

it('gives the images of an earlier version file names, and their changes the bytes that they had', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lookalike-'));
  const database = Database.open(directory);
  try {
    const earlier = Object.entries(datasetsMigrations).filter(([name]) => name < '0012-attributes');
    await migrate(database, Object.fromEntries(earlier));
    const db = database.tables<unknown>();
    await sql`insert into datasets (name, created_at) values ('shop', 0)`.execute(db);
    const insert = (externalId: string, url: string | null) =>
      sql`insert into images (dataset_id, external_id, sha256, source_url, width, height, format, bytes, created_at)
        values (1, ${externalId}, 'x', ${url}, 1, 1, 'png', 1, 0)`.execute(db);
    await insert('dress/12.jpg', null);
    await insert('4711', 'https://shop.test/a/b%20c.jpg?w=1');
    await sql`insert into image_changes (change, dataset_id, image_id, deleted) values (5, 1, 1, 0)`.execute(
      db,
    );

    await migrate(database, datasetsMigrations);
    const names = await sql<{ file_name: string }>`select file_name from images order by id`.execute(db);
    expect(names.rows.map((row) => row.file_name)).toEqual(['12.jpg', 'b c.jpg']);
    const changes = await sql`select change, picture_change from image_changes`.execute(db);
    expect(changes.rows).toEqual([{ change: 5, picture_change: 5 }]);
  } finally {
    await database.close();
    await rm(directory, { recursive: true, force: true });
  }
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Database, migrate } from '../../database/index.ts';
import type { SearchTables } from '../search.tables.ts';
import { searchMigrations } from './index.ts';

let folder: string;
let database: Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
  database = Database.open(folder);
});

afterEach(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

it('lets indexes of fast and best learn from labels, and leaves others as they are', async () => {
  const { '0020-learning-models': last, ...before } = searchMigrations;
  await migrate(database, before);
  const db = database.tables<SearchTables>();
  const models = [
    'efficientnet-lite0@128',
    'efficientnet-lite0+efficientnet-lite2@128',
    'efficientnet-lite0@64',
    'efficientnet-lite0',
  ];
  const common = { label_ids: null, checkpoint: 0, ready: 1, replaced_at: null, drift: null };
  for (const [at, model] of models.entries()) {
    const times = { created_at: 0, updated_at: 0 };
    const model_identity = JSON.stringify({ model, key: `key-${at}`, dimension: 128 });
    const row = { dataset_id: at, name: `index-${at}`, model: `key-${at}`, model_identity };
    await db
      .insertInto('dataset_indexes')
      .values({ ...common, ...times, ...row })
      .execute();
  }
  await migrate(database, { ...before, '0020-learning-models': last! });
  const rows = await db.selectFrom('dataset_indexes').selectAll().orderBy('dataset_id').execute();
  expect(rows.map(({ model_identity }) => JSON.parse(model_identity) as unknown)).toEqual([
    { model: 'efficientnet-lite0@128:labels', key: 'key-0', dimension: 128 },
    { model: 'efficientnet-lite0+efficientnet-lite2@128:labels', key: 'key-1', dimension: 128 },
    { model: 'efficientnet-lite0@64', key: 'key-2', dimension: 128 },
    { model: 'efficientnet-lite0', key: 'key-3', dimension: 128 },
  ]);
  expect(rows.map(({ model }) => model)).toEqual(['key-0', 'key-1', 'key-2', 'key-3']);
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeVectorIndex } from '../../../../test/contracts/vector-index.contract.ts';
import { Database, migrate } from '../../../database/index.ts';
import { searchMigrations } from '../../migrations/index.ts';
import { EmbeddedVectorIndex, type EmbeddedVectorIndexOptions } from './embedded.vector-index.ts';

async function makeIndex(options: EmbeddedVectorIndexOptions) {
  const folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
  const database = Database.open(folder);
  await migrate(database, searchMigrations);
  const index = new EmbeddedVectorIndex(database, join(folder, 'indexes'), undefined, options);
  return {
    index,
    remove: async () => {
      await index.close();
      await database.close();
      await rm(folder, { recursive: true });
    },
  };
}

describeVectorIndex('the embedded index with default options', () => makeIndex({}));
describeVectorIndex('the embedded index with a graph from 100 vectors on', () =>
  makeIndex({ graphFrom: 100, background: false }),
);
describeVectorIndex('the embedded index with a graph whose vectors are not held in memory', () =>
  makeIndex({ graphFrom: 100, background: false, heldBytes: 0 }),
);

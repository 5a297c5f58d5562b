import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../../config/index.ts';
import { Database, DatabaseConfig } from '../../../database/index.ts';
import { DatasetRepository } from '../../../datasets/index.ts';

/**
 * The names of all datasets, or none if they cannot be read. Opens the database alone: somebody waits at a
 * prompt, and the apps take much longer to start.
 */
export async function datasetNames(): Promise<string[]> {
  try {
    const config = loadConfig([DatabaseConfig], process.env).get(DatabaseConfig) as DatabaseConfig;
    if (!existsSync(join(config.LOOKALIKE_DATA_DIR, 'lookalike.db'))) return [];
    const database = Database.open(config.LOOKALIKE_DATA_DIR);
    try {
      return await new DatasetRepository(database).listAllNames();
    } finally {
      await database.close();
    }
  } catch {
    return [];
  }
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MIGRATIONS } from '../../../app.module.ts';
import { Database, migrate } from '../../../database/index.ts';
import { DatasetRepository } from '../../../datasets/index.ts';
import type { ListedModel } from '../../../embeddings/index.ts';
import { IndexRepository } from '../../../search/index.ts';
import { modelInUse } from '../../cli.errors.ts';
import { variant } from './describe-model.ts';

/**
 * Rejects with `MODEL_IN_USE` where an index of the data folder was made with a model, kept ones that
 * another replaced included. Looks at the database alone, since the apps may not start.
 */
export async function assertNotInUse(model: ListedModel['model'], dataDir: string): Promise<void> {
  if (!existsSync(join(dataDir, 'lookalike.db'))) return;
  const database = Database.open(dataDir);
  try {
    await migrate(database, ...MIGRATIONS);
    const indexes = (await new IndexRepository(database).listAll()).filter((index) =>
      index.model.networks.some(
        ({ model: id, format, precision }) =>
          id === model.id && format === model.format && precision === model.precision,
      ),
    );
    if (indexes.length === 0) return;
    const ids = new Set(indexes.map(({ datasetId }) => datasetId));
    throw modelInUse(variant(model), await new DatasetRepository(database).listNames([...ids]));
  } finally {
    await database.close();
  }
}

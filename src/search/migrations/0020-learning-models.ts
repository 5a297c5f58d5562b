import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The specs that `fast` and `best` stood for when projections did not learn from labels. */
const FORMER = ['efficientnet-lite0@128', 'efficientnet-lite0+efficientnet-lite2@128'];

/**
 * Lets the next build of an index of `fast` or `best` learn from labels, as these names now mean. The vectors that it
 * has remain valid: its key does not change.
 */
export const nameLearningModels: Migration = {
  async up(db: Kysely<unknown>) {
    const indexes = db as Kysely<{ dataset_indexes: { id: number; model_identity: string } }>;
    const rows = await indexes.selectFrom('dataset_indexes').select(['id', 'model_identity']).execute();
    for (const { id, model_identity } of rows) {
      const identity = JSON.parse(model_identity) as { model: string };
      if (!FORMER.includes(identity.model)) continue;
      const renamed = JSON.stringify({ ...identity, model: `${identity.model}:labels` });
      await indexes
        .updateTable('dataset_indexes')
        .set({ model_identity: renamed })
        .where('id', '=', id)
        .execute();
    }
  },
};

import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What a pass has seen is no longer written. What it has found unchanged is known by the change of the image. */
export const noteComparedItems: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.dropIndex('source_items_pass').execute();
    await db.schema.alterTable('source_items').dropColumn('pass').execute();
    await db.schema.alterTable('source_items').addColumn('image_change', 'integer').execute();
    await db.schema.alterTable('import_sources').dropColumn('last_pass').execute();
  },
};

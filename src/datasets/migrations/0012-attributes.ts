import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { fileNameOf } from '../catalogue/file-name.ts';

const PAGE = 5_000;

export const createAttributes: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('attributes')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('dataset_id', 'integer', (column) => column.notNull().references('datasets.id'))
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addUniqueConstraint('attributes_name', ['dataset_id', 'name'])
      .execute();
    await sql`
      create table image_attributes (
        image_id integer not null references images (id) on delete cascade,
        attribute_id integer not null references attributes (id),
        position integer not null,
        text text,
        number real,
        primary key (image_id, attribute_id, position)
      ) without rowid`.execute(db);
    await sql`
      create index image_attributes_by_text on image_attributes (attribute_id, text, image_id)
      where text is not null`.execute(db);
    await sql`
      create index image_attributes_by_number on image_attributes (attribute_id, number, image_id)
      where number is not null`.execute(db);
    // Which images have an attribute, whatever its value.
    await sql`
      create index image_attributes_by_image on image_attributes (attribute_id, image_id)
      where position = 0`.execute(db);

    await sql`alter table image_changes add column picture_change integer not null default 0`.execute(db);
    await sql`update image_changes set picture_change = change`.execute(db);

    await sql`alter table images add column file_name text not null default ''`.execute(db);
    await nameFiles(db);
  },
};

/** Images that were not downloaded get the last part of their external id, which for most is their path. */
async function nameFiles(db: Kysely<unknown>): Promise<void> {
  for (let after = 0; ;) {
    const { rows } = await sql<{ id: number; external_id: string; source_url: string | null }>`
      select id, external_id, source_url from images where id > ${after} order by id limit ${PAGE}`.execute(
      db,
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    const names = rows.map(({ id, external_id, source_url }) => [id, fileNameOf(source_url, external_id)]);
    await sql`
      update images set file_name = named.value ->> 1
      from json_each(${JSON.stringify(names)}) as named
      where images.id = named.value ->> 0`.execute(db);
    after = last.id;
  }
}

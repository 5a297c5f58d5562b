import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const createPerceptualHashes: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table image_hashes (
        sha256 text primary key,
        high integer,
        low integer
      ) without rowid`.execute(db);
  },
};

import { Injectable } from '@nestjs/common';
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import { Database } from '../../database/index.ts';
import type { SearchTables } from '../search.tables.ts';
import type { QueryPicture } from './query-picture.ts';

type SearchTransaction = Transaction<SearchTables>;

/** What a picture takes on disk beside its bytes, at most: unused parts of blocks of two files, its row, indexes. */
export const PICTURE_OVERHEAD_BYTES = 16 * 1024;
/** Pictures that one transaction removes, with their files. */
const REMOVED_AT_ONCE = 100;

@Injectable()
export class QueryPictureRepository {
  private readonly db: Kysely<SearchTables>;

  constructor(private readonly database: Database) {
    this.db = database.tables<SearchTables>();
  }

  async find(id: string): Promise<QueryPicture | undefined> {
    const row = await this.db
      .selectFrom('query_pictures')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return row && fromRow(row);
  }

  async insert({ createdAt, expiresAt, ...picture }: QueryPicture): Promise<void> {
    await this.db
      .insertInto('query_pictures')
      .values({ ...picture, created_at: createdAt.getTime(), expires_at: expiresAt.getTime() })
      .execute();
  }

  /**
   * Removes pictures that expire before `time`. `removeFiles` gets the files that no remaining picture has, inside
   * the transaction: whoever adds the same picture at the same time writes its row first, and its file afterwards.
   * Returns how many were removed; there may be more.
   */
  async removeExpired(time: Date, removeFiles: (sha256s: string[]) => Promise<void>): Promise<number> {
    return this.removing(removeFiles, (transaction) =>
      transaction
        .selectFrom('query_pictures')
        .select(['id', 'sha256'])
        .where('expires_at', '<=', time.getTime())
        .orderBy('expires_at')
        .limit(REMOVED_AT_ONCE)
        .execute(),
    );
  }

  /**
   * Removes the oldest pictures if all of them need more than `maxBytes`: the bytes of each file once, and
   * `PICTURE_OVERHEAD_BYTES` for each picture, even if it shares its file. Returns as `removeExpired` does.
   */
  async removeExcess(maxBytes: number, removeFiles: (sha256s: string[]) => Promise<void>): Promise<number> {
    return this.removing(removeFiles, async (transaction) => {
      let excess = (await bytesNeeded(transaction)) - maxBytes;
      if (excess <= 0) return [];
      const oldest = await transaction
        .selectFrom('query_pictures')
        .select(['id', 'sha256', 'bytes'])
        .orderBy('created_at')
        .orderBy('id')
        .limit(REMOVED_AT_ONCE)
        .execute();
      const some: typeof oldest = [];
      // A file that a newer picture has as well stays, so that this may have to be repeated.
      for (const row of oldest) {
        if (excess <= 0) break;
        some.push(row);
        excess -= row.bytes + PICTURE_OVERHEAD_BYTES;
      }
      return some;
    });
  }

  /** Removes a picture, whether or not its row is still there, and its file unless another picture has it. */
  async remove(
    { id, sha256 }: QueryPicture,
    removeFiles: (sha256s: string[]) => Promise<void>,
  ): Promise<void> {
    await this.removing(removeFiles, async () => [{ id, sha256 }]);
  }

  async findFeatures(sha256: string, model: string, region: string): Promise<Float32Array | undefined> {
    const row = await this.db
      .selectFrom('query_picture_features')
      .select('vector')
      .where('sha256', '=', sha256)
      .where('model', '=', model)
      .where('region', '=', region)
      .executeTakeFirst();
    // The driver's bytes may not be aligned as floats have to be.
    return row && new Float32Array(Uint8Array.from(row.vector).buffer);
  }

  /** Keeps features, and at most `most` of a picture: the newest. Does nothing if the picture is gone. */
  async storeFeatures(
    { sha256, model, region }: { sha256: string; model: string; region: string },
    vector: Float32Array,
    most: number,
  ): Promise<void> {
    const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
    await this.db.transaction().execute(async (transaction) => {
      if ((await filesInUse([sha256], transaction)).size === 0) return;
      await transaction
        .insertInto('query_picture_features')
        .values({ sha256, model, region, vector: bytes })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      await sql`
        delete from query_picture_features where sha256 = ${sha256} and id not in (
          select id from query_picture_features where sha256 = ${sha256} order by id desc limit ${most}
        )`.execute(transaction);
    });
  }

  private async removing(
    removeFiles: (sha256s: string[]) => Promise<void>,
    choose: (transaction: SearchTransaction) => Promise<{ id: string; sha256: string }[]>,
  ): Promise<number> {
    return this.database.makingRoom(() =>
      this.db.transaction().execute(async (transaction) => {
        const rows = await choose(transaction);
        if (rows.length === 0) return 0;
        const ids = rows.map(({ id }) => id);
        const sha256s = [...new Set(rows.map(({ sha256 }) => sha256))];
        await transaction.deleteFrom('query_pictures').where('id', 'in', ids).execute();
        const used = await filesInUse(sha256s, transaction);
        const unused = sha256s.filter((sha256) => !used.has(sha256));
        if (unused.length > 0) {
          await transaction.deleteFrom('query_picture_features').where('sha256', 'in', unused).execute();
          await removeFiles(unused);
        }
        return rows.length;
      }),
    );
  }
}

async function filesInUse(
  sha256s: readonly string[],
  transaction: SearchTransaction,
): Promise<ReadonlySet<string>> {
  const rows = await transaction
    .selectFrom('query_pictures')
    .select('sha256')
    .distinct()
    .where('sha256', 'in', sha256s)
    .execute();
  return new Set(rows.map(({ sha256 }) => sha256));
}

async function bytesNeeded(transaction: SearchTransaction): Promise<number> {
  const { rows } = await sql<{ total: number | null }>`
    select sum(bytes) as total from (
      select max(bytes) + count(*) * ${PICTURE_OVERHEAD_BYTES} as bytes from query_pictures group by sha256
    )`.execute(transaction);
  return rows[0]?.total ?? 0;
}

function fromRow({
  created_at,
  expires_at,
  ...row
}: Selectable<SearchTables['query_pictures']>): QueryPicture {
  return { ...row, createdAt: new Date(created_at), expiresAt: new Date(expires_at) };
}

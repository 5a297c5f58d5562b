import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { Database } from './database.ts';
import { migrate } from './migrate.ts';

describe('Database', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lookalike-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const numbers = {
    '0001-numbers': {
      up: async (db: Parameters<Parameters<typeof migrate>[1][string]['up']>[0]) => {
        await db.schema.createTable('numbers').addColumn('n', 'integer').execute();
      },
    },
  };

  it('keeps what was written when it is opened again, and runs each migration once', async () => {
    const first = Database.open(directory);
    await migrate(first, numbers);
    await first.tables<{ numbers: { n: number } }>().insertInto('numbers').values({ n: 7 }).execute();
    await first.close();

    const second = Database.open(directory);
    await migrate(second, numbers);
    const rows = await second
      .tables<{ numbers: { n: number } }>()
      .selectFrom('numbers')
      .selectAll()
      .execute();
    await second.close();
    expect(rows).toEqual([{ n: 7 }]);
  });

  it('rolls a failing migration back and says which one it was', async () => {
    const database = Database.open(directory);
    const broken = {
      '0001-broken': {
        up: async (db: Parameters<Parameters<typeof migrate>[1][string]['up']>[0]) => {
          await db.schema.createTable('half').addColumn('n', 'integer').execute();
          await sql`select * from nowhere`.execute(db);
        },
      },
    };
    await expect(migrate(database, broken)).rejects.toMatchObject({
      code: 'DATABASE_MIGRATION_FAILED',
      message: expect.stringContaining('0001-broken'),
    });
    const tables = await database.tables<unknown>().introspection.getTables();
    expect(tables.map(({ name }) => name)).not.toContain('half');
    await database.close();
  });

  it('takes the write lock when a transaction begins, so that two writers never both read first', async () => {
    const one = Database.open(directory);
    const two = Database.open(directory);
    await migrate(one, numbers);
    const add = (database: Database) =>
      database
        .tables<{ numbers: { n: number } }>()
        .transaction()
        .execute(async (trx) => {
          const { count } = await trx
            .selectFrom('numbers')
            .select((eb) => eb.fn.countAll<number>().as('count'))
            .executeTakeFirstOrThrow();
          await trx.insertInto('numbers').values({ n: count }).execute();
        });
    for (let round = 0; round < 10; round += 1) {
      await add(one);
      await add(two);
    }
    const rows = await one
      .tables<{ numbers: { n: number } }>()
      .selectFrom('numbers')
      .select('n')
      .orderBy('n')
      .execute();
    expect(rows.map(({ n }) => n)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    await one.close();
    await two.close();
  });

  it.each([
    [
      'a file that is no database',
      async (file: string) => writeFile(file, 'these are not the rows you look for'.repeat(100)),
    ],
    [
      'a database with its end cut off',
      async (file: string) => truncate(file, (await readFile(file)).length - 16_384),
    ],
    [
      'a database with a page overwritten',
      async (file: string) => {
        const bytes = await readFile(file);
        bytes.fill(0xa5, 16_384, 32_768);
        await writeFile(file, bytes);
      },
    ],
  ])('refuses %s, saying what to do, and leaves it as it is', async (_what, damage) => {
    const database = Database.open(directory);
    await migrate(database, numbers);
    await database.close();
    const file = join(directory, 'lookalike.db');
    await damage(file);
    const before = await readFile(file);

    expect(() => Database.open(directory)).toThrow(
      expect.objectContaining({ code: 'DATABASE_CORRUPT', message: expect.stringContaining('backup') }),
    );
    expect((await readFile(file)).equals(before)).toBe(true);
  });

  it('says so where the data folder cannot be made', async () => {
    await writeFile(join(directory, 'file'), '');
    expect(() => Database.open(join(directory, 'file', 'data'))).toThrow(
      expect.objectContaining({ code: 'DATABASE_UNAVAILABLE' }),
    );
  });
});

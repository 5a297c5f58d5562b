import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { FaultyStatements } from '../../test/fakes/faulty-statements.ts';
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

  it('gives way to the event loop in a long chain of statements', async () => {
    const database = Database.open(directory);
    let wasIdle = false;
    setImmediate(() => setImmediate(() => (wasIdle = true)));
    for (let n = 0; n < 10_000 && !wasIdle; n += 1) {
      await sql`with recursive r(n) as (select 1 union all select n + 1 from r where n < 1000) select max(n) from r`.execute(
        database.tables(),
      );
    }
    await database.close();
    expect(wasIdle).toBe(true);
  });

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

  describe('when a statement fails', () => {
    let database: Database;
    let faults: FaultyStatements;
    const db = () => database.tables<{ numbers: { n: number } }>();
    const count = async () => (await db().selectFrom('numbers').selectAll().execute()).length;
    const insertTwice = () =>
      db()
        .transaction()
        .execute(async (trx) => {
          await trx.insertInto('numbers').values({ n: 1 }).execute();
          await trx.insertInto('numbers').values({ n: 2 }).execute();
        });

    beforeEach(async () => {
      database = Database.open(directory);
      await migrate(database, numbers);
      faults = new FaultyStatements(database);
    });
    afterEach(() => database.close());

    it.each([
      ['a full disk, after which SQLite has rolled back', { code: 'SQLITE_FULL' }],
      ['a broken disk, after which it has not', { code: 'SQLITE_IOERR_WRITE', rollsBack: false }],
      ['a rollback that fails too', { code: 'SQLITE_FULL', rollsBack: false, rollbackFails: true }],
      ['a rollback that fails on what is over', { code: 'SQLITE_FULL', rollbackFails: true }],
    ])('reports the cause and keeps nothing of the transaction: %s', async (_what, fault) => {
      for (const [after, matching] of [
        [0, /insert/],
        [1, /insert/],
        [0, /commit/],
      ] as const) {
        faults.fail({ ...fault, after, matching, times: 1 });
        await expect(insertTwice()).rejects.toMatchObject({ code: fault.code });
        faults.heal();
        expect(await count()).toBe(0);
      }
      await insertTwice();
      const other = Database.open(directory);
      const seen = await other
        .tables<{ numbers: { n: number } }>()
        .selectFrom('numbers')
        .selectAll()
        .execute();
      await other.close();
      expect(seen).toHaveLength(2);
    });

    it('writes nothing more in a transaction that SQLite has rolled back', async () => {
      const carryingOn = db()
        .transaction()
        .execute(async (trx) => {
          faults.fail({ code: 'SQLITE_FULL', times: 1 });
          const first = trx.insertInto('numbers').values({ n: 1 }).execute();
          await expect(first).rejects.toMatchObject({ code: 'SQLITE_FULL' });
          await trx.insertInto('numbers').values({ n: 2 }).execute();
        });
      await expect(carryingOn).rejects.toMatchObject({ code: 'SQLITE_FULL' });
      expect(await count()).toBe(0);
    });

    it('gives up the reserve in parts, then spare files, and takes the reserve back', async () => {
      const reserved = async () => (await stat(join(directory, 'reserve'))).size;
      const whole = await reserved();
      const seen: number[] = [];
      let discarded = 0;
      database.registerSpareFiles(async () => {
        discarded += 1;
        faults.heal();
      });
      faults.fail({ code: 'SQLITE_FULL' });
      await database.makingRoom(async () => {
        seen.push(await reserved());
        await db().insertInto('numbers').values({ n: 1 }).execute();
      });
      expect(seen[0]).toBe(whole);
      expect(seen.at(-1)).toBe(0);
      expect(seen).toEqual(seen.toSorted((a, b) => b - a));
      expect(seen.length).toBeGreaterThan(4);
      expect(discarded).toBe(1);
      expect(await count()).toBe(1);
      expect(await reserved()).toBe(whole);

      faults.fail({ code: 'SQLITE_FULL', times: 1 });
      await database.makingRoom(() => db().insertInto('numbers').values({ n: 2 }).execute());
      expect(discarded).toBe(1);
    });

    it('fails like the work if all the space is not enough', async () => {
      faults.fail({ code: 'SQLITE_FULL' });
      const working = database.makingRoom(() => db().insertInto('numbers').values({ n: 1 }).execute());
      await expect(working).rejects.toMatchObject({ code: 'SQLITE_FULL' });
    });

    it('keeps the log short', async () => {
      const big = sql`insert into numbers values (1), (2), (3)`;
      for (let n = 0; n < 200; n += 1) await big.execute(database.tables<unknown>());
      expect((await stat(join(directory, 'lookalike.db-wal'))).size).toBeLessThan(1024 * 1024);
    });

    it('reports that no space is left for a migration', async () => {
      faults.fail({ code: 'SQLITE_FULL', matching: /create table/ });
      const more = { ...numbers, '0002-more': numbers['0001-numbers'] };
      await expect(migrate(database, more)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    });
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

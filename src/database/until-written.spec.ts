import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { valuesOfJson } from './committed-reads.ts';
import { Database } from './database.ts';
import { migrate } from './migrate.ts';
import { UntilWritten } from './until-written.ts';

interface Tables {
  colours: { id: number; name: string };
}

const colours = {
  '0001-colours': {
    up: async (db: Parameters<Parameters<typeof migrate>[1][string]['up']>[0]) => {
      await db.schema
        .createTable('colours')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('name', 'text')
        .execute();
    },
  },
};

describe('UntilWritten', () => {
  let directory: string;
  let database: Database;
  let names: UntilWritten<number, { id: number; name: string }>;
  let loads: (readonly number[])[];

  const db = () => database.tables<Tables>();
  const add = (id: number, name: string, into = db()) =>
    into.insertInto('colours').values({ id, name }).execute();
  const rename = (id: number, name: string, into = db()) =>
    into.updateTable('colours').set({ name }).where('id', '=', id).execute();

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lookalike-'));
    database = Database.open(directory);
    await migrate(database, colours);
    await add(1, 'red');
    await add(2, 'green');
    const byIds = database.reads.prepare(
      db().selectFrom('colours').selectAll().where('id', 'in', valuesOfJson<number>()),
    );
    loads = [];
    names = new UntilWritten(database.reads, (ids) => {
      loads.push(ids);
      return new Map(byIds(JSON.stringify(ids)).map((row) => [row.id, row]));
    });
  });
  afterEach(async () => {
    await database.close();
    await rm(directory, { recursive: true });
  });

  it('loads each value once while nothing is written', () => {
    expect(names.get(1)).toEqual({ id: 1, name: 'red' });
    expect([...names.getAll([2, 1]).values()].map(({ name }) => name)).toEqual(['green', 'red']);
    expect(loads).toEqual([[1], [2]]);
  });

  it('leaves out what does not exist', () => {
    expect(names.get(3)).toBeUndefined();
    expect([...names.getAll([3, 2]).keys()]).toEqual([2]);
  });

  it('sees what this process has committed as soon as the statement resolves', async () => {
    names.getAll([1, 2]);
    await rename(1, 'crimson');
    expect(names.get(1)?.name).toBe('crimson');
  });

  it('sees nothing of a transaction before it is committed, nor of one that is rolled back', async () => {
    await db()
      .transaction()
      .execute(async (transaction) => {
        await rename(1, 'crimson', transaction);
        expect(names.get(1)?.name).toBe('red');
      });
    expect(names.get(1)?.name).toBe('crimson');
    const failing = db()
      .transaction()
      .execute(async (transaction) => {
        await rename(1, 'scarlet', transaction);
        throw new Error('no');
      });
    await expect(failing).rejects.toThrow('no');
    expect(names.get(1)?.name).toBe('crimson');
  });

  it('sees what another connection has committed', async () => {
    names.getAll([1, 2]);
    const other = Database.open(directory);
    await rename(2, 'lime', other.tables<Tables>());
    await other.close();
    expect(names.get(2)?.name).toBe('lime');
  });

  it('sees what another process has committed', async () => {
    names.getAll([1, 2]);
    const sqlite = createRequire(import.meta.url).resolve('better-sqlite3');
    const script = `
      const db = new (require(${JSON.stringify(sqlite)}))(${JSON.stringify(database.file)});
      db.exec("update colours set name = 'blue' where id = 1; delete from colours where id = 2");
      db.close();`;
    await promisify(execFile)(process.execPath, ['-e', script]);
    expect(names.get(1)?.name).toBe('blue');
    expect(names.get(2)).toBeUndefined();
  });

  it('keeps no more values than it may', () => {
    const few = new UntilWritten<number, object>(
      database.reads,
      (ids) => {
        loads.push(ids);
        return new Map(ids.map((id) => [id, {}]));
      },
      { max: 2 },
    );
    few.getAll([1, 2, 3]);
    few.get(1);
    expect(loads).toEqual([[1, 2, 3], [1]]);
  });
});

describe('CommittedReads', () => {
  it('refuses a query with more or fewer values than it was built with', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'lookalike-'));
    const database = Database.open(directory);
    await migrate(database, colours);
    const tables = database.tables<Tables>();
    const byId = database.reads.prepare(tables.selectFrom('colours').selectAll().where('id', '=', 0));
    expect(byId(1)).toEqual([]);
    expect(() => byId()).toThrow('takes 1 values');
    await database.close();
    await rm(directory, { recursive: true });
  });
});

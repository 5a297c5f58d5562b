import { setTimeout as sleep } from 'node:timers/promises';
import type { Database as Connection } from 'better-sqlite3';
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type Driver,
} from 'kysely';
import { isSystemError } from '../common/index.ts';

/** How long SQLite itself waits for a lock, with the event loop standing still. */
const BLOCKING_WAIT_MS = 20;
/** How long a statement waits for another process to let go of the write lock, all tries together. */
const PATIENCE_MS = 30_000;
const LONGEST_PAUSE_MS = 50;

/** Kysely's SQLite dialect, made fit for several processes that write to one file. */
export class SharedSqliteDialect extends SqliteDialect {
  constructor(private readonly connection: Connection) {
    connection.pragma(`busy_timeout = ${BLOCKING_WAIT_MS}`);
    super({ database: connection });
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalDdlAdapter();
  }

  override createDriver(): Driver {
    return new PatientDriver({ database: this.connection });
  }
}

/** SQLite can roll back changes of tables, so a migration that fails leaves nothing behind. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class PatientDriver extends SqliteDriver {
  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection();
    return {
      executeQuery: <Row>(query: CompiledQuery) => patiently(() => connection.executeQuery<Row>(query)),
      streamQuery: <Row>(query: CompiledQuery, chunkSize: number) =>
        connection.streamQuery<Row>(query, chunkSize),
    };
  }

  /**
   * Every transaction takes the write lock at its start: what it reads is still true when it
   * writes, whatever another process does, and it never fails half-way for want of the lock.
   */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

/** Tries again while another process holds the lock, and lets this one go on with other work between. */
async function patiently<Result>(attempt: () => Promise<Result>): Promise<Result> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let pause = 1; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isSystemError(error, 'SQLITE_BUSY') || performance.now() > deadline) throw error;
      await sleep(pause);
    }
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Database as Connection, Statement } from 'better-sqlite3';
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
} from 'kysely';
import { LRUCache } from 'lru-cache';
import { isSystemError, isTurnOver, nextTurn } from '../common/index.ts';
import { noteStatement } from './known-until-statement.ts';

/** How long SQLite itself waits for a lock, with the event loop standing still. */
const BLOCKING_WAIT_MS = 20;
/** How long a statement waits for another process to let go of the write lock, all tries together. */
const PATIENCE_MS = 30_000;
const LONGEST_PAUSE_MS = 50;
/** How many prepared statements are kept. SQLite takes longer to prepare most of ours than to run them. */
const MAX_STATEMENTS = 200;

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
    return new PatientDriver(this.connection);
  }
}

/** SQLite can roll back changes of tables, so a migration that fails leaves nothing behind. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class PatientDriver extends SqliteDriver {
  /** Whether the owner of the connection is in a transaction, as far as it knows. */
  private begun = false;
  /** Why SQLite has rolled the open transaction back by itself. */
  private rolledBackBy: Error | undefined;
  private readonly statements = new LRUCache<string, Statement>({ max: MAX_STATEMENTS });

  constructor(private readonly sqlite: Connection) {
    super({ database: sqlite });
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    // A chain of statements, each of which answers at once, would keep timers and connections waiting.
    if (isTurnOver()) await nextTurn();
    // Whoever comes here owns the connection: a transaction that is still open is one that could not
    // be rolled back, and what is written now would be lost in it.
    if (this.sqlite.inTransaction) this.sqlite.exec('rollback');
    const connection = await super.acquireConnection();
    return {
      executeQuery: <Row>(query: CompiledQuery) =>
        patiently(() => {
          // Otherwise the rest of a transaction that SQLite has rolled back would be written without it.
          if (this.begun && !this.sqlite.inTransaction) {
            throw this.rolledBackBy ?? new Error('The transaction was rolled back');
          }
          return this.runNoting<Row>(query);
        }),
      streamQuery: <Row>(query: CompiledQuery, chunkSize: number) =>
        connection.streamQuery<Row>(query, chunkSize),
    };
  }

  private runNoting<Row>(query: CompiledQuery): QueryResult<Row> {
    try {
      return this.run<Row>(query);
    } catch (error) {
      if (this.begun && !this.sqlite.inTransaction && error instanceof Error) this.rolledBackBy = error;
      throw error;
    }
  }

  private run<Row>({ sql, parameters }: CompiledQuery): QueryResult<Row> {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = this.sqlite.prepare(sql);
      this.statements.set(sql, statement);
    }
    if (statement.reader) {
      const rows = statement.all(parameters) as Row[];
      if (!statement.readonly) noteStatement();
      return { rows };
    }
    const { changes, lastInsertRowid } = statement.run(parameters);
    noteStatement();
    return { rows: [], insertId: BigInt(lastInsertRowid), numAffectedRows: BigInt(changes) };
  }

  /**
   * Every transaction takes the write lock at its start: what it reads is still true when it
   * writes, whatever another process does, and it never fails half-way for want of the lock.
   */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
    this.begun = true;
    this.rolledBackBy = undefined;
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await super.commitTransaction(connection);
    this.begun = false;
  }

  /**
   * SQLite rolls back by itself when a disk is full or fails, and a second rollback would then be an
   * error in place of the one that says what happened. One that fails otherwise is made up for by
   * whoever uses the connection next.
   */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    this.begun = false;
    if (!this.sqlite.inTransaction) return;
    try {
      await super.rollbackTransaction(connection);
    } catch {
      // The failure that led here is the one to report.
    }
  }
}

/** Tries again while another process holds the lock, and lets this one go on with other work between. */
async function patiently<Result>(attempt: () => Result): Promise<Result> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let pause = 1; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return attempt();
    } catch (error) {
      if (!isSystemError(error, 'SQLITE_BUSY', 'SQLITE_BUSY_RECOVERY') || performance.now() > deadline)
        throw error;
      await sleep(pause);
    }
  }
}

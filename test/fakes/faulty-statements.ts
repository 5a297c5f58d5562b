import BetterSqlite3 from 'better-sqlite3';
import type { Database } from '../../src/database/index.ts';

export interface StatementFault {
  /** Of SQLite, such as `SQLITE_FULL`. */
  readonly code: string;
  /** Which statements fail; all that write, unless told. */
  readonly matching?: RegExp;
  /** Of these, so many succeed first. */
  readonly after?: number;
  /** Then so many fail; all of them, unless told. */
  readonly times?: number;
  /** Whether SQLite rolls the transaction back by itself, as it does on a full disk. Default true. */
  readonly rollsBack?: boolean;
  /** Whether rolling back fails as well. */
  readonly rollbackFails?: boolean;
}

const WRITES = /^\s*(insert|update|delete|replace|create|alter|drop|commit)/i;

/** Makes statements of a database fail as SQLite does on a disk that is full or broken. */
export class FaultyStatements {
  /** Statements that were made to fail. */
  failed = 0;
  private fault: StatementFault | undefined;
  private seen = 0;

  constructor(database: Database) {
    const { connection } = database as unknown as { connection: BetterSqlite3.Database };
    const prepare = connection.prepare.bind(connection);
    connection.prepare = (sql: string) => {
      this.check(connection, sql);
      return prepare(sql);
    };
  }

  fail(fault: StatementFault): void {
    this.fault = fault;
    this.seen = 0;
    this.failed = 0;
  }

  heal(): void {
    this.fault = undefined;
  }

  private check(connection: BetterSqlite3.Database, sql: string): void {
    const { fault } = this;
    if (fault === undefined) return;
    if (sql === 'rollback') {
      if (fault.rollbackFails) throw new BetterSqlite3.SqliteError('cannot rollback', 'SQLITE_ERROR');
      return;
    }
    if (!(fault.matching ?? WRITES).test(sql)) return;
    this.seen += 1;
    const { after = 0, times = Infinity } = fault;
    if (this.seen <= after || this.failed >= times) return;
    this.failed += 1;
    if (fault.rollsBack !== false && connection.inTransaction) connection.exec('rollback');
    throw new BetterSqlite3.SqliteError(`made to fail: ${sql.slice(0, 60)}`, fault.code);
  }
}

import BetterSqlite3 from 'better-sqlite3';
import type { Database } from '../../src/database/index.ts';

export interface StatementFault {
  /** The code of the SQLite error, such as `SQLITE_FULL`. */
  readonly code: string;
  /** Selects the statements that fail. By default, all that write. */
  readonly matching?: RegExp;
  /** How many of these statements succeed first. */
  readonly after?: number;
  /** How many fail afterwards. By default, all of them. */
  readonly times?: number;
  /** Whether SQLite rolls back the transaction by itself, as it does if the disk is full. Default true. */
  readonly rollsBack?: boolean;
  /** Whether rolling back fails as well. */
  readonly rollbackFails?: boolean;
}

const WRITES = /^\s*(insert|update|delete|replace|create|alter|drop|commit)/i;

type StatementPrototype = BetterSqlite3.Statement & { intercepted?: true };

/** The property of a connection that holds its check. Test files share the classes of SQLite, but no modules. */
const CHECK = Symbol.for('lookalike.statement-check');

/** Makes all statements of the process ask the check of their connection, if it has one, before they run. */
function intercept(prototype: StatementPrototype): void {
  if (prototype.intercepted) return;
  prototype.intercepted = true;
  for (const method of ['run', 'get', 'all'] as const) {
    const original: (...values: unknown[]) => unknown = Reflect.get(prototype, method);
    Reflect.set(prototype, method, function (this: BetterSqlite3.Statement, ...values: unknown[]) {
      (Reflect.get(this.database, CHECK) as ((sql: string) => void) | undefined)?.(this.source);
      return original.apply(this, values);
    });
  }
}

/** Makes statements of a database fail as they do in SQLite on a full or broken disk. */
export class FaultyStatements {
  /** The statements that have failed so far. */
  failed = 0;
  private fault: StatementFault | undefined;
  private seen = 0;

  constructor(database: Database) {
    const { connection } = database as unknown as { connection: BetterSqlite3.Database };
    // The database keeps prepared statements, so they are made to fail when they run.
    Reflect.set(connection, CHECK, (sql: string) => this.check(connection, sql));
    intercept(Object.getPrototypeOf(connection.prepare('select 1')) as StatementPrototype);
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

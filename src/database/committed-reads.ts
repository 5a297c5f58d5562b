import BetterSqlite3 from 'better-sqlite3';
import { sql, type Compilable, type RawBuilder } from 'kysely';
import { KnownUntilStatement } from './known-until-statement.ts';

const PATIENCE_MS = 15_000;
const CACHE_KIB = 8_000;

/** Runs a query with the given values in place of those that it was built with, in their order. */
export type PreparedRead<Row> = (...values: readonly unknown[]) => Row[];

/**
 * Reads what has been committed, through a connection of its own. Queries are compiled and prepared once, and
 * answer at once, without waiting for a transaction that is open elsewhere in this process.
 */
export class CommittedReads {
  private opened: BetterSqlite3.Database | undefined;
  private dataVersion: BetterSqlite3.Statement | undefined;
  private readonly known = new KnownUntilStatement<number>();

  constructor(private readonly file: string) {}

  /** A number that differs from the last one if anything has been committed since, by this process or another. */
  version(): number {
    return this.known.get(() => {
      this.dataVersion ??= this.connection.prepare('pragma data_version').pluck();
      return this.dataVersion.get() as number;
    });
  }

  /**
   * Compiles a query. It is prepared when it first runs.
   *
   * @example
   * const byId = reads.prepare(db.selectFrom('images').selectAll().where('id', '=', 0));
   * const [image] = byId(12);
   */
  prepare<Row>(query: Compilable<Row>): PreparedRead<Row> {
    const compiled = query.compile();
    let statement: BetterSqlite3.Statement | undefined;
    return (...values) => {
      if (values.length !== compiled.parameters.length) {
        throw new Error(`The query takes ${compiled.parameters.length} values, not ${values.length}`);
      }
      statement ??= this.connection.prepare(compiled.sql);
      return statement.all(values) as Row[];
    };
  }

  close(): void {
    this.opened?.close();
  }

  private get connection(): BetterSqlite3.Database {
    if (this.opened === undefined) {
      this.opened = new BetterSqlite3(this.file, { readonly: true });
      this.opened.pragma(`busy_timeout = ${PATIENCE_MS}`);
      this.opened.pragma(`cache_size = -${CACHE_KIB}`);
    }
    return this.opened;
  }
}

/**
 * The right-hand side of `in` in a prepared query. Its value is a JSON array, so that the query stays the same
 * however many values there are.
 */
export function valuesOfJson<Value>(): RawBuilder<Value> {
  return sql<Value>`(select value from json_each(${'[]'}))`;
}

import { mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { Kysely, sql } from 'kysely';
import { isStorageFull, isSystemError, messageOf, storageFull } from '../common/index.ts';
import { CommittedReads } from './committed-reads.ts';
import { databaseCorrupt, databaseUnavailable } from './database.errors.ts';
import { SpaceReserve } from './space-reserve.ts';
import { addTextFunctions } from './text-functions.ts';
import { SharedSqliteDialect } from './sqlite-dialect.ts';

/** 16 KiB pages hold three float vectors of 1280 numbers each without overflow chains. */
const PAGE_BYTES = 16_384;
/** For the statements that open the file; see sqlite-dialect.ts for all later ones. */
const OPEN_PATIENCE_MS = 15_000;
/**
 * The log is written into the database at this size (512 KiB), and shortened to it: what a full disk leaves
 * in the log must fit into the reserve.
 */
const LOG_PAGES = 32;
/** Of pages in memory. One that does not fit is written early, and again if it changes once more before the commit. */
const CACHE_KIB = 16_000;
/** A check reads the whole file; a larger one is checked page by page as it is read. */
const CHECKED_AT_OPEN_BYTES = 64 * 1024 * 1024;

/**
 * The SQLite database that holds the truth: one file, write-ahead log, shared by the server and
 * the command line. Each app sees it through the tables it owns:
 *
 *     this.db = database.tables<DatasetsTables>();
 */
export class Database {
  /** For queries that run often. */
  readonly reads: CommittedReads;
  private readonly spareFiles: (() => Promise<void>)[] = [];

  private constructor(
    /** Absolute path of the folder that holds everything, pictures and index files included. */
    readonly dataDir: string,
    /** Absolute path of the database file, for readers in worker threads. */
    readonly file: string,
    private readonly connection: BetterSqlite3.Database,
    private readonly kysely: Kysely<unknown>,
    private readonly reserve: SpaceReserve,
  ) {
    this.reads = new CommittedReads(file);
  }

  /**
   * Opens the database, and creates it and its folder if they do not exist.
   *
   * Throws `DATABASE_CORRUPT` for a file that is no intact SQLite database, `DATABASE_UNAVAILABLE`
   * if the folder cannot be written, `STORAGE_FULL` if there is no space for SQLite's own files.
   */
  static open(dataDir: string): Database {
    const folder = resolve(dataDir);
    const file = join(folder, 'lookalike.db');
    try {
      mkdirSync(folder, { recursive: true });
      const reserve = new SpaceReserve(folder);
      const connection = connectWith(reserve, file);
      reserve.keep();
      const kysely = new Kysely<unknown>({ dialect: new SharedSqliteDialect(connection) });
      return new Database(folder, file, connection, kysely, reserve);
    } catch (error) {
      if (isStorageFull(error)) throw storageFull(error);
      if (isSystemError(error, 'SQLITE_CORRUPT', 'SQLITE_NOTADB'))
        throw databaseCorrupt(file, messageOf(error));
      if (
        isSystemError(error, 'EACCES', 'EROFS', 'ENOTDIR', 'EEXIST', 'SQLITE_CANTOPEN', 'SQLITE_READONLY')
      ) {
        throw databaseUnavailable(messageOf(error), error);
      }
      throw error;
    }
  }

  /** The query builder over the tables of one app. */
  tables<Tables>(): Kysely<Tables> {
    return this.kysely as Kysely<Tables>;
  }

  /**
   * Runs work that deletes, or that records what happened. On a full disk it is repeated, with the space
   * that is reserved for this purpose, and then with that of files that can be made again. It must
   * therefore give the same result when repeated.
   */
  async makingRoom<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (!isStorageFull(error)) throw error;
      return await this.repeatWithSpace(work, error);
    } finally {
      this.reserve.keep();
    }
  }

  /**
   * Registers files that can be made again, such as a cache: `discard` removes them if a deletion needs
   * their space. It must not write to the database.
   */
  registerSpareFiles(discard: () => Promise<void>): void {
    this.spareFiles.push(discard);
  }

  /** Whether the database answers. */
  async ping(): Promise<void> {
    this.connection.prepare('select 1').get();
  }

  async close(): Promise<void> {
    // The last connection to close removes the log, which one that only reads cannot.
    this.reads.close();
    await this.kysely.destroy();
  }

  private async repeatWithSpace<Result>(work: () => Promise<Result>, first: unknown): Promise<Result> {
    let reason = first;
    const discards = [...this.spareFiles];
    while (this.reserve.releasePart() || (await discardNext(discards))) {
      // Pages that are new in the log make the database file longer, and the log then releases as much.
      await sql`pragma wal_checkpoint(truncate)`.execute(this.kysely).catch(() => undefined);
      try {
        return await work();
      } catch (error) {
        if (!isStorageFull(error)) throw error;
        reason = error;
      }
    }
    throw reason;
  }
}

/** False if there is none left. */
async function discardNext(discards: (() => Promise<void>)[]): Promise<boolean> {
  const discard = discards.shift();
  await discard?.();
  return discard !== undefined;
}

function connectWith(reserve: SpaceReserve, file: string): BetterSqlite3.Database {
  for (;;) {
    try {
      return connect(file);
    } catch (error) {
      if (!isStorageFull(error) || !reserve.releasePart()) throw error;
    }
  }
}

function connect(file: string): BetterSqlite3.Database {
  const connection = new BetterSqlite3(file);
  try {
    connection.pragma(`busy_timeout = ${OPEN_PATIENCE_MS}`);
    connection.pragma(`page_size = ${PAGE_BYTES}`);
    connection.pragma('journal_mode = WAL');
    // FULL makes an acknowledged write survive a power cut, not only a killed process.
    connection.pragma('synchronous = FULL');
    connection.pragma(`wal_autocheckpoint = ${LOG_PAGES}`);
    connection.pragma(`journal_size_limit = ${LOG_PAGES * PAGE_BYTES}`);
    connection.pragma(`cache_size = -${CACHE_KIB}`);
    connection.pragma('foreign_keys = ON');
    addTextFunctions(connection);
    if (statSync(file).size <= CHECKED_AT_OPEN_BYTES) {
      const check = connection.pragma('quick_check(1)', { simple: true });
      if (check !== 'ok') throw databaseCorrupt(file, String(check));
    }
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

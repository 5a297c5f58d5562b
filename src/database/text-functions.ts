import type BetterSqlite3 from 'better-sqlite3';

/**
 * Adds to SQL what SQLite does for ASCII or in another order only. They need the text to be well-formed.
 *
 * - `text_lower(text)`: in lower case, as `String.toLowerCase` does it.
 * - `text_order(text)`: a blob; blobs compare as JavaScript compares the strings.
 */
export function addTextFunctions(connection: BetterSqlite3.Database): void {
  const options = { deterministic: true };
  connection.function('text_lower', options, (text) => String(text).toLowerCase());
  connection.function('text_order', options, (text) => Buffer.from(String(text), 'utf16le').swap16());
}

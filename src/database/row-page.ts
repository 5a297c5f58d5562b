import { sql, type SelectQueryBuilder } from 'kysely';

/** A part of a list of rows, in terms of their ids. */
export interface RowPage {
  /** Only rows behind the one with this id. */
  readonly after?: number;
  /** Only rows in front of the one with this id. */
  readonly before?: number;
  /** The greatest number of rows. */
  readonly limit: number;
  /** Takes the last of these rows instead of the first, in reverse order. */
  readonly backwards?: boolean;
}

/** Restricts a query to a page of a list that is in the order of `column`, its id. */
export function inPage<Tables, Table extends keyof Tables, Row>(
  query: SelectQueryBuilder<Tables, Table, Row>,
  column: string,
  { after, before, limit, backwards = false }: RowPage,
  order: 'ascending' | 'descending' = 'ascending',
): SelectQueryBuilder<Tables, Table, Row> {
  const id = sql.ref<number>(column);
  const [above, below] = order === 'ascending' ? [after, before] : [before, after];
  const isAscending = (order === 'ascending') !== backwards;
  let page = query.orderBy(id, isAscending ? 'asc' : 'desc').limit(limit);
  if (above !== undefined) page = page.where(id, '>', above);
  if (below !== undefined) page = page.where(id, '<', below);
  return page;
}

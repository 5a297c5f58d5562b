import type { AppError } from '../app-error.ts';

/** The row id that a GraphQL `ID` stands for; undefined if it cannot be one of ours. */
export function findId(id: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(id) ? Number(id) : undefined;
}

/** The row id that a GraphQL `ID` stands for. Throws what `notFound` makes if it cannot be one of ours. */
export function idOf(id: string, notFound: (id: string) => AppError): number {
  const known = findId(id);
  if (known === undefined) throw notFound(id);
  return known;
}

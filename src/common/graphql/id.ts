import type { AppError } from '../app-error.ts';

/** The row id that a GraphQL `ID` stands for; undefined for text that cannot be an id. */
export function parseId(id: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(id) ? Number(id) : undefined;
}

/** Like `parseId`, but throws the error that `notFound` returns. */
export function idOf(id: string, notFound: (id: string) => AppError): number {
  const parsed = parseId(id);
  if (parsed === undefined) throw notFound(id);
  return parsed;
}

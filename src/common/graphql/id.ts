import { AppError } from '../app-error.ts';

/** The row id that a GraphQL `ID` stands for. `notFound` makes the error for what can be no id of ours. */
export function idOf(id: string, notFound: (id: string) => AppError): number {
  if (!/^[1-9]\d{0,14}$/.test(id)) throw notFound(id);
  return Number(id);
}

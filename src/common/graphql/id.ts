import type { AppError } from '../app-error.ts';

/** The types whose objects `node` finds by the numbers in their ids. */
export type NodeName = 'Dataset' | 'Image' | 'Job';

/** The types whose ids are numbers. */
type NumberedName = NodeName | 'Feedback';

/** The id of an object in the API, which no object of another type has: `Image:12`. */
export function globalId(
  type: NumberedName | 'EmbeddingModel' | 'EmbeddingNetwork' | 'QueryPicture',
  local: number | string,
): string {
  return `${type}:${local}`;
}

/** The type that an id names, as far as it is written like one: `Image` of `Image:12`. */
export function typeOfId(id: string): string | undefined {
  return /^([A-Za-z]+):/.exec(id)?.[1];
}

/**
 * The row that the id of an object of this type stands for. The number alone is an id as well, as on the command
 * line and in URLs: `Image:12` or `12`. Undefined for text that cannot be an id of this type.
 */
export function parseId(type: NumberedName, id: string): number | undefined {
  const local = id.startsWith(`${type}:`) ? id.slice(type.length + 1) : id;
  return /^[1-9]\d{0,14}$/.test(local) ? Number(local) : undefined;
}

/** Like `parseId`, but throws the error that `notFound` returns. */
export function idOf(type: NodeName, id: string, notFound: (id: string) => AppError): number {
  const parsed = parseId(type, id);
  if (parsed === undefined) throw notFound(id);
  return parsed;
}

/** The row of an id that the API itself has given out. */
export function rowOf(id: string): number {
  return Number(id.slice(id.indexOf(':') + 1));
}

/**
 * The first list among the variables, at whatever depth, that has more items than `max`, and the name of
 * its variable. Not by recursion: a client decides how deep its variables are.
 */
export function longListIn(
  variables: Readonly<Record<string, unknown>>,
  max: number,
): { readonly name: string; readonly length: number } | undefined {
  for (const [name, variable] of Object.entries(variables)) {
    if (typeof variable !== 'object') continue;
    const left: unknown[] = [variable];
    while (left.length > 0) {
      const next = left.pop();
      if (!isListOrObject(next)) continue;
      if (Array.isArray(next) && next.length > max) return { name, length: next.length };
      for (const value of Object.values(next)) left.push(value as unknown);
    }
  }
  return undefined;
}

function isListOrObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  // Uploads are objects of a class.
  return Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value) as null);
}

/** The name of the first variable with lists and objects within each other at more levels than `max`. */
export function deepVariableIn(
  variables: Readonly<Record<string, unknown>>,
  max: number,
): string | undefined {
  for (const [name, variable] of Object.entries(variables)) {
    if (typeof variable !== 'object') continue;
    let level: unknown[] = [variable];
    for (let depth = 0; level.length > 0; depth++) {
      level = level.filter(isListOrObject);
      if (depth === max && level.length > 0) return name;
      level = level.flatMap((value) => Object.values(value as object) as unknown[]);
    }
  }
  return undefined;
}

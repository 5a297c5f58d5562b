/**
 * The first list among the variables, at whatever depth, that has more items than `max`, and the name of
 * its variable. Not by recursion: a client decides how deep its variables are.
 */
export function longListIn(
  variables: Readonly<Record<string, unknown>>,
  max: number,
): { readonly name: string; readonly length: number } | undefined {
  for (const [name, variable] of Object.entries(variables)) {
    const left: unknown[] = [variable];
    while (left.length > 0) {
      const next = left.pop();
      if (typeof next !== 'object' || next === null) continue;
      if (Array.isArray(next) && next.length > max) return { name, length: next.length };
      for (const value of Object.values(next)) left.push(value);
    }
  }
  return undefined;
}

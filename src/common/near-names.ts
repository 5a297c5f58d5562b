import { distance } from 'fastest-levenshtein';

const MOST = 3;
/** A longer text is no typing mistake. */
const LONGEST = 100;

/** The names that somebody may have meant, the nearest first: at most three, in either case. */
export function nearNames(text: string, names: Iterable<string>): string[] {
  if (text === '' || text.length > LONGEST) return [];
  const wanted = text.toLowerCase();
  const allowed = Math.max(1, Math.round(wanted.length * 0.4));
  const found = new Map<string, number>();
  for (const name of names) {
    if (Math.abs(name.length - text.length) > allowed) continue;
    const edits = distance(wanted, name.toLowerCase());
    if (edits <= allowed) found.set(name, edits);
  }
  return [...found]
    .sort(([a, edits], [b, others]) => edits - others || (a < b ? -1 : 1))
    .slice(0, MOST)
    .map(([name]) => name);
}

/** The sentence that suggests names, with a space before it; nothing if there are none. */
export function didYouMean(names: readonly string[]): string {
  return names.length === 0 ? '' : ` Did you mean ${names.map((name) => `"${name}"`).join(' or ')}?`;
}

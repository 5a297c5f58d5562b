import { nearNames } from '../common/index.ts';

/** Suggestions are made for this many unknown labels, and there are at most as many. */
const SUGGESTIONS = 3;

/** Keys and names of labels that somebody may have meant by labels that do not exist. */
export function nearLabels(labels: readonly string[], known: ReadonlySet<string>): string[] {
  const near = new Set(labels.slice(0, SUGGESTIONS).flatMap((label) => nearNames(label, known)));
  return [...near].filter((name) => !labels.includes(name)).slice(0, SUGGESTIONS);
}

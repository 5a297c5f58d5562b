import type { Command } from 'commander';
import { AppError } from '../common/app-error.ts';
import type { FilterRequest } from '../filters/index.ts';
import { RepeatableOption } from './options.ts';

/** Options that select images of a dataset. */
export interface SelectionOptions {
  readonly label?: readonly string[];
  readonly where?: string;
}

/** Adds `--label` and `--where`. */
export function addSelection(command: Command): Command {
  return command
    .addOption(
      new RepeatableOption(
        '-l, --label <label>',
        'only images with this label, given by its key or name; may be repeated',
      ),
    )
    .option('-w, --where <filter>', 'only images that pass a filter, see below')
    .addHelpText(
      'after',
      `
Filters:
  price < 50 and brand = "acme"       compares with =, !=, <, <=, > or >=
  brand in ("acme", "bolt")           one of several values; or "not in"
  title contains "shirt"              part of a text, or an entry of a list
  discount exists                     has the attribute; or "not exists"
  label = "sale" or not (size >= 40)  labels, and, or, not, parentheses
  added >= "2026-11-28"               dates are in quotes, as text is
  \`in\` = true                         a name that is also a word above`,
    );
}

/**
 * Does something with the filter that the options describe, which is undefined if they select every image. If the
 * filter turns out to be invalid, the message has a caret under the place in `--where`.
 *
 * Rejects with `WHERE_INVALID`, and as `work` does.
 */
export async function withSelection(
  options: SelectionOptions,
  work: (filter: FilterRequest | undefined) => Promise<void>,
): Promise<void> {
  const filter = await filterOf(options);
  try {
    await work(filter);
  } catch (error) {
    if (options.where === undefined || filter === undefined || !(error instanceof AppError)) throw error;
    const { refusalOf } = await import('./where/refusal.ts');
    throw refusalOf(error, filter, options.where);
  }
}

async function filterOf({ label, where }: SelectionOptions): Promise<FilterRequest | undefined> {
  const parts: FilterRequest[] = [];
  if (label !== undefined) parts.push({ labels: label });
  if (where !== undefined) {
    // Brings the parser, which only this needs.
    const { parseWhere } = await import('./where/parse-where.ts');
    parts.push(parseWhere(where));
  }
  return parts.length > 1 ? { and: parts } : parts[0];
}

import { AppError } from '../../../common/app-error.ts';
import { Semaphore } from '../../../common/index.ts';
import type { Dataset } from '../../../datasets/index.ts';
import type { FilterRequest } from '../../../filters/index.ts';
import { SEARCHES_AT_ONCE } from '../../../search/index.ts';
import { reportAbout } from '../../exit.ts';
import type { Apps } from '../../open-apps.ts';
import { counted } from '../../terminal/counted.ts';
import { assertWritable, writeWhole } from '../../write-file.ts';
import { contactSheet, type SheetRow } from './contact-sheet.ts';
import { hitsAsJson, hitsAsTable, type Answer } from './hits.ts';
import { queriesOf, type NamedPictures, type OpenedQuery, type Query } from './queries.ts';
import type { SearchOptions } from './search-options.ts';
import { sheetRow } from './sheet-row.ts';

/** Errors that every further picture would run into as well. */
const SHARED_FAILURES: ReadonlySet<string> = new Set([
  'ATTRIBUTE_UNKNOWN',
  'CONFIDENCE_UNKNOWN',
  'DATASET_NOT_INDEXED',
  'FILTER_INVALID',
  'LABEL_UNKNOWN',
  'MODEL_HAS_NO_TEXT',
]);

type Outcome = { readonly answer: Answer; readonly row?: SheetRow } | { readonly error: unknown };

/**
 * Searches with each picture, with several at a time so that they are embedded together, and prints their hits in
 * the order of the pictures, as soon as they are found. A picture that cannot be used is reported and does not keep
 * the others from being searched with.
 */
export async function searchFor(
  apps: Apps,
  name: string,
  pictures: NamedPictures,
  filter: FilterRequest | undefined,
  options: SearchOptions,
): Promise<void> {
  const { html, json } = options;
  const startedAt = performance.now();
  if (html !== undefined) await assertWritable(html);
  const dataset = await apps.datasets.resolve(name);
  const format = { collapseDuplicates: options.collapseDuplicates === true };
  const rows: SheetRow[] = [];
  const queries = queriesOf(apps, dataset, pictures);
  const isOneOfMany = queries.length > 1;
  let found = 0;

  const outcomes = outcomesOf(queries, async ({ name: query, open }) => {
    const opened = await open();
    const answer = { query, ...(await find(apps, dataset, opened, filter, options)) };
    return html === undefined ? { answer } : { answer, row: await sheetRow(apps, answer, opened) };
  });
  for await (const [{ name: query }, outcome] of outcomes) {
    if ('error' in outcome) {
      const { error } = outcome;
      if (!isOneOfMany || !(error instanceof AppError) || SHARED_FAILURES.has(error.code)) throw error;
      reportAbout(query, error);
      continue;
    }
    const { answer, row } = outcome;
    const separator = found > 0 ? '\n' : '';
    process.stdout.write(
      json ? hitsAsJson(apps, answer, format) : `${separator}${hitsAsTable(answer, format, isOneOfMany)}`,
    );
    if (!json && !isOneOfMany) process.stderr.write(`${summaryOf(answer)}\n`);
    if (row !== undefined) rows.push(row);
    found += 1;
  }
  if (!json && isOneOfMany) {
    const tookMs = performance.now() - startedAt;
    process.stderr.write(
      `${found} of ${counted(queries.length, 'search', 'searches')} in ${tookMs.toFixed(0)} ms\n`,
    );
  }
  if (html !== undefined) await writeWhole(html, contactSheet(`Lookalike: ${dataset.name}`, rows));
}

/** Each query with what has become of it, in order. If the caller stops early, all that has begun ends first. */
async function* outcomesOf(
  queries: readonly Query[],
  answer: (query: Query) => Promise<Outcome>,
): AsyncGenerator<readonly [Query, Outcome]> {
  const slots = new Semaphore(SEARCHES_AT_ONCE);
  const stop = new AbortController();
  const running = queries.map((query) =>
    slots.run(async (): Promise<Outcome> => {
      try {
        stop.signal.throwIfAborted();
        return await answer(query);
      } catch (error) {
        return { error };
      }
    }),
  );
  try {
    for (const [at, query] of queries.entries()) yield [query, await running[at]!];
  } finally {
    stop.abort();
    await Promise.all(running);
  }
}

async function find(
  apps: Apps,
  dataset: Dataset,
  { by }: OpenedQuery,
  filter: FilterRequest | undefined,
  { k, minScore, minConfidence, collapseDuplicates }: SearchOptions,
): Promise<Omit<Answer, 'query'>> {
  const found = await apps.search.similarImages({
    by,
    datasetIds: [dataset.id],
    k,
    filter,
    minScore,
    minConfidence,
    collapseDuplicates,
  });
  return { ...found, relations: await found.relations() };
}

function summaryOf({ hits, tookMs }: Answer): string {
  return `${counted(hits.length, 'hit')} in ${tookMs.toFixed(0)} ms`;
}

import { AppError } from '../../../common/app-error.ts';
import type { Dataset } from '../../../datasets/index.ts';
import type { FilterRequest } from '../../../filters/index.ts';
import { reportAbout } from '../../exit.ts';
import type { Apps } from '../../open-apps.ts';
import { counted } from '../../terminal/counted.ts';
import { assertWritable, contactSheet, writeWhole, type SheetRow } from './contact-sheet.ts';
import { hitsAsJson, hitsAsTable, type Answer } from './hits.ts';
import { queriesOf, type NamedPictures, type OpenedQuery } from './queries.ts';
import type { SearchOptions } from './search-options.ts';
import { sheetRow } from './sheet-row.ts';

/** Errors that every further picture would run into as well. */
const SHARED_FAILURES: ReadonlySet<string> = new Set([
  'ATTRIBUTE_UNKNOWN',
  'DATASET_NOT_INDEXED',
  'FILTER_INVALID',
  'LABEL_UNKNOWN',
]);

/**
 * Searches with one picture after the other, and prints the hits of each as soon as they are found. A picture
 * that cannot be used is reported and does not keep the others from being searched with.
 */
export async function searchFor(
  apps: Apps,
  name: string,
  pictures: NamedPictures,
  filter: FilterRequest | undefined,
  options: SearchOptions,
): Promise<void> {
  const { html, json } = options;
  if (html !== undefined) await assertWritable(html);
  const dataset = await apps.datasets.resolve(name);
  const labelNames = new Map(
    (await apps.datasets.labels(dataset.id)).map(({ key, name: shown }) => [key, shown]),
  );
  const format = { labelNames, collapseDuplicates: options.collapseDuplicates === true };
  const rows: SheetRow[] = [];
  const queries = queriesOf(apps, dataset, pictures);
  const isOneOfMany = queries.length > 1;
  let separator = '';

  for (const { name: query, open } of queries) {
    try {
      const opened = await open();
      const answer = { query, ...(await find(apps, dataset, opened, filter, options)) };
      process.stdout.write(
        json ? hitsAsJson(apps, answer, format) : `${separator}${hitsAsTable(answer, format, isOneOfMany)}`,
      );
      separator = '\n';
      if (!json) process.stderr.write(`${summaryOf(answer)}\n`);
      if (html !== undefined) rows.push(await sheetRow(apps, answer, opened, labelNames));
    } catch (error) {
      if (!isOneOfMany || !(error instanceof AppError) || SHARED_FAILURES.has(error.code)) throw error;
      reportAbout(query, error);
    }
  }
  if (html !== undefined) await writeWhole(html, contactSheet(`Lookalike: ${dataset.name}`, rows));
}

async function find(
  apps: Apps,
  dataset: Dataset,
  { by }: OpenedQuery,
  filter: FilterRequest | undefined,
  { k, minScore, collapseDuplicates }: SearchOptions,
): Promise<Omit<Answer, 'query'>> {
  return apps.search.similarImages({
    by,
    datasetIds: [dataset.id],
    k,
    filter,
    minScore,
    collapseDuplicates,
  });
}

function summaryOf({ hits, tookMs }: Answer): string {
  return `${counted(hits.length, 'hit')} in ${tookMs.toFixed(0)} ms`;
}

import { csvLine } from '../../../common/index.ts';
import type { Dataset, Image } from '../../../datasets/index.ts';
import type { LabelError } from '../../../search/index.ts';
import type { Apps } from '../../open-apps.ts';
import { counted } from '../../terminal/counted.ts';
import { formatTable, type Column } from '../../terminal/table.ts';
import { assertWritable, writeWhole } from '../../write-file.ts';
import { contactSheet, type SheetRow } from '../search/contact-sheet.ts';
import { namesOf } from '../search/hits.ts';
import { sheetRow } from '../search/sheet-row.ts';
import type { LabelErrorsOptions } from './label-errors-options.ts';

/** The neighbours that a page shows beside an image. */
const SHOWN_NEIGHBOURS = 6;

/** An image whose labels are in doubt, as it is printed. */
export interface Suspect extends LabelError {
  readonly image: Image;
  /** The name to display of `neighbourLabel`. */
  readonly neighbourName: string;
}

const COLUMNS: readonly Column[] = [
  { header: 'confidence', align: 'right' },
  { header: 'image', shrinks: true },
  { header: 'file', shrinks: true },
  { header: 'labels', shrinks: true },
  { header: 'neighbours', shrinks: true },
  { header: 'agreement', align: 'right' },
];

export async function printLabelErrors(
  apps: Apps,
  name: string,
  { first, json, csv, html }: LabelErrorsOptions,
): Promise<void> {
  if (html !== undefined) await assertWritable(html);
  const dataset = await apps.datasets.resolve(name);
  const errors = await apps.labelErrors.find(dataset.id, { onProgress: showProgress });
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
  const listed = errors.slice(0, first);
  const images = await apps.images.findByIds(listed.map(({ imageId }) => imageId));
  const neighbours = listed.map(({ neighbourLabel }) => neighbourLabel);
  const labels = await apps.datasets.labelsByKey(dataset.id, neighbours);
  const suspects = listed.flatMap((error): Suspect[] => {
    const image = images.get(error.imageId);
    const neighbourName = labels.get(error.neighbourLabel)?.name ?? error.neighbourLabel;
    return image === undefined ? [] : [{ ...error, image, neighbourName }];
  });
  if (json) process.stdout.write(asJson(apps, suspects));
  else if (csv) process.stdout.write(asCsv(suspects));
  else {
    process.stdout.write(suspects.length === 0 ? 'no label errors\n' : asTable(suspects));
    process.stderr.write(`${suspects.length} of ${counted(errors.length, 'image')}\n`);
  }
  if (html !== undefined) await writeSheet(apps, dataset, suspects, html);
}

/** One JSON object per image, with the keys of labels. */
export function asJson(apps: Pick<Apps, 'images'>, suspects: readonly Suspect[]): string {
  return suspects
    .map(({ image, neighbourLabel, agreement, confidence }) => ({
      imageId: String(image.id),
      externalId: image.externalId,
      fileName: image.fileName,
      labels: image.labels,
      neighbourLabel,
      agreement,
      confidence,
      path: apps.images.locate(image),
    }))
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}

/** With the keys of labels; several in one cell are separated by `|`. */
export function asCsv(suspects: readonly Suspect[]): string {
  return [
    ['image_id', 'external_id', 'file_name', 'labels', 'neighbour_label', 'agreement', 'confidence'],
    ...suspects.map(({ image, neighbourLabel, agreement, confidence }) => [
      String(image.id),
      image.externalId,
      image.fileName,
      image.labels.join('|'),
      neighbourLabel,
      agreement,
      confidence,
    ]),
  ]
    .map(csvLine)
    .join('');
}

export function asTable(suspects: readonly Suspect[]): string {
  return formatTable(
    COLUMNS,
    suspects.map(({ image, neighbourName, agreement, confidence }) => [
      confidence.toFixed(2),
      image.externalId,
      image.fileName,
      namesOf(image),
      neighbourName,
      agreement.toFixed(2),
    ]),
  );
}

async function writeSheet(
  apps: Apps,
  dataset: Dataset,
  suspects: readonly Suspect[],
  html: string,
): Promise<void> {
  const rows: SheetRow[] = [];
  for (const { image, neighbourName } of suspects) {
    const found = await apps.search.similarImages({
      by: { imageId: image.id },
      datasetIds: [dataset.id],
      k: SHOWN_NEIGHBOURS,
    });
    const answer = { ...found, query: image.fileName, relations: await found.relations() };
    const row = await sheetRow(apps, answer, {
      by: { imageId: image.id },
      read: () => apps.images.readBytes(image.sha256),
    });
    const notes = [`is ${namesOf(image)}`, `neighbours are ${neighbourName}`];
    rows.push({ ...row, query: { ...row.query, notes } });
  }
  await writeWhole(html, contactSheet(`Lookalike: labels of ${dataset.name}`, rows));
}

function showProgress(done: number, total: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${total} images\u001B[K`);
}

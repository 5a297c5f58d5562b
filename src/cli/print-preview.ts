import type { ImportPreview } from '../datasets/index.ts';
import { describeSyncPreview } from './print-sync.ts';
import { counted } from './terminal/counted.ts';

const PRINTED_LABELS = 20;

/** Prints what an import would do: one object with `--json`, a few lines otherwise. */
export function printPreview(preview: ImportPreview, { json }: { readonly json?: boolean }): void {
  process.stdout.write(json ? `${JSON.stringify(preview)}\n` : describe(preview));
}

function describe({
  format,
  images,
  existing,
  labels,
  byLabel,
  columns,
  attributes,
  faults,
  sync,
  locations,
  hosts,
}: ImportPreview): string {
  const lines = [
    `${format === null ? 'folder' : format.toLowerCase()}: ${counted(images, 'image')}, ${counted(labels, 'label')}`,
    `${images - existing} to be fetched, from ${counted(locations.urls, 'URL')} and ${counted(locations.paths, 'path')}` +
      `${existing > 0 ? `; ${existing} ${existing === 1 ? 'is' : 'are'} already in the dataset` : ''}`,
  ];
  if (byLabel.length > 0) {
    lines.push('labels with the most images:');
    for (const { key, name, images: count } of byLabel.slice(0, PRINTED_LABELS)) {
      lines.push(row(count, key === name ? key : `${key} ${name}`));
    }
    const left = labels - Math.min(byLabel.length, PRINTED_LABELS);
    if (left > 0) lines.push(`  … and ${left} more`);
  }
  if (attributes.length > 0) lines.push('attributes:');
  for (const { name, type, images: count, invalid, samples } of attributes) {
    const shown = samples.map((value) => JSON.stringify(value)).join(', ');
    const kind = type?.toLowerCase() ?? 'no values';
    lines.push(row(count, `${name} (${kind})${shown === '' ? '' : `: ${shown}`}`));
    if (invalid > 0) lines.push(row(invalid, `${name}: the value does not fit the type`));
  }
  if (faults.count > 0) lines.push(`${counted(faults.count, 'row')} cannot be used:`);
  for (const { message } of faults.first) lines.push(`  ${message}`);
  if (sync !== null) lines.push('would be:', ...describeSyncPreview(sync));
  if (columns.length > 0) lines.push(`columns: ${columns.join(', ')}`);
  if (hosts.length > 0) {
    lines.push('hosts with the most URLs:');
    for (const { host, urls } of hosts) lines.push(row(urls, host));
  }
  return `${lines.join('\n')}\n`;
}

function row(count: number, what: string): string {
  return `  ${String(count).padStart(8)}  ${what}`;
}

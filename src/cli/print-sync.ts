import type { SyncCounts, SyncKind, SyncPreview } from '../datasets/index.ts';

const WORDS: Readonly<Record<SyncKind, string>> = {
  added: 'added',
  changed: 'with new bytes',
  moved: 'moved',
  relabelled: 'relabelled',
  attributesChanged: 'with other attributes',
  vanished: 'no longer in the source',
  kept: 'kept as edited by hand',
  failed: 'failed',
  unchanged: 'unchanged',
};
const KINDS = Object.keys(WORDS) as SyncKind[];

/** "12 added · 3 moved · 900 unchanged", on a line of its own. */
export function describeSync(counts: SyncCounts): string {
  const parts = KINDS.filter((kind) => counts[kind] > 0).map((kind) => `${counts[kind]} ${WORDS[kind]}`);
  return `${parts.length === 0 ? 'Nothing has changed.' : parts.join(' · ')}\n`;
}

/** What a synchronisation would do, with the first images of each kind. */
export function describeSyncPreview({ counts, samples }: SyncPreview): string[] {
  const kinds = KINDS.filter((kind) => counts[kind] > 0);
  return kinds.flatMap((kind) => {
    const words = kind === 'failed' ? 'failed last time, and unchanged since' : WORDS[kind];
    const line = `${String(counts[kind]).padStart(10)}  ${words}`;
    if (kind === 'unchanged') return [line];
    const shown = samples[kind].map((externalId) => `              ${externalId}`);
    return [line, ...shown, ...(counts[kind] > shown.length ? ['              …'] : [])];
  });
}

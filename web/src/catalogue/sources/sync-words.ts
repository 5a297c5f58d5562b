import type { SyncCountsFragment } from '../../api/generated/graphql.ts';
import { count } from '../../ui/numbers.ts';

export type SyncKind = Exclude<keyof SyncCountsFragment, '__typename'>;

/** What a synchronisation does to images: as a heading, and as a part of a sentence behind a number. */
export const SYNC_KINDS: readonly {
  readonly kind: SyncKind;
  readonly name: string;
  readonly done: string;
}[] = [
  { kind: 'added', name: 'New', done: 'added' },
  { kind: 'changed', name: 'With another picture', done: 'with another picture' },
  { kind: 'moved', name: 'Moved or renamed', done: 'moved' },
  { kind: 'relabelled', name: 'With other labels', done: 'relabelled' },
  { kind: 'attributesChanged', name: 'With other attributes', done: 'with other attributes' },
  { kind: 'vanished', name: 'Gone from the source, to be removed', done: 'removed' },
  { kind: 'kept', name: 'Left as people have edited them', done: 'left as edited by hand' },
  { kind: 'failed', name: 'Failed last time, and unchanged since', done: 'failed' },
  { kind: 'unchanged', name: 'Unchanged', done: 'unchanged' },
];

/** `2 added, 98 unchanged` */
export function syncOutcome(counts: SyncCountsFragment): string {
  const parts = SYNC_KINDS.filter(({ kind }) => counts[kind] > 0).map(
    ({ kind, done }) => `${count(counts[kind])} ${done}`,
  );
  return parts.length === 0 ? 'the source has no images' : parts.join(', ');
}

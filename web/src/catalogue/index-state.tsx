import type { IndexFieldsFragment } from '../api/generated/graphql.ts';
import { classNames } from '../ui/class-names.ts';
import { counted } from '../ui/numbers.ts';
import css from './index-state.module.css';

type Index = Pick<IndexFieldsFragment, 'state' | 'pending'> | null;

/** Whether a dataset can be searched, in words. */
export function indexWords(index: Index, imageCount: number): { tone: string; words: string } {
  if (index === null) {
    return imageCount === 0
      ? { tone: 'none', words: 'Empty' }
      : { tone: 'none', words: 'Not searchable yet' };
  }
  switch (index.state) {
    case 'READY':
      return { tone: 'good', words: 'Searchable' };
    case 'STALE':
      return { tone: 'warn', words: `Searchable, ${counted(index.pending, 'change')} to index` };
    case 'BUILDING':
      return { tone: 'none', words: 'Not searchable yet' };
    case 'REPLACED':
      return { tone: 'none', words: 'Replaced' };
  }
}

/** A dot and words for the state of an index. */
export function IndexState({ index, imageCount }: { index: Index; imageCount: number }) {
  const { tone, words } = indexWords(index, imageCount);
  return (
    <span className={css.state}>
      <span className={classNames(css.dot, css[tone])} aria-hidden />
      {words}
    </span>
  );
}

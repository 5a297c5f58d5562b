import { count } from '../ui/numbers.ts';
import { Progress } from '../ui/states/progress.tsx';
import { Skeleton } from '../ui/states/skeleton.tsx';
import css from './groups-loading.module.css';
import type { Comparison } from './use-groups.ts';

/** While groups are loading. The first time, all pictures of the dataset are compared, which may take long. */
export function GroupsLoading({ comparison }: { comparison: Comparison | undefined }) {
  return (
    <div className={css.loading} role="status" aria-label="Looking for duplicates">
      {comparison !== undefined && (
        <Progress
          label="Comparing the pictures"
          value={comparison.total === 0 ? null : comparison.done}
          max={Math.max(1, comparison.total)}
          detail={
            comparison.total === 0
              ? undefined
              : `${count(comparison.done)} of ${count(comparison.total)} read. This is needed once.`
          }
        />
      )}
      {[3, 2].map((images) => (
        <div key={images} className={css.card}>
          <Skeleton width="11rem" />
          <div className={css.images}>
            {Array.from({ length: images }, (_each, index) => (
              <Skeleton key={index} height="12rem" />
            ))}
          </div>
        </div>
      ))}
    </div>
  );
}

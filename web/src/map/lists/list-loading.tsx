import { Skeleton } from '../../ui/states/skeleton.tsx';
import css from './lists.module.css';

export function ListLoading() {
  return (
    <div className={css.loading} role="status" aria-label="Loading the list">
      {[0, 1, 2, 3].map((row) => (
        <Skeleton key={row} height="5rem" />
      ))}
    </div>
  );
}

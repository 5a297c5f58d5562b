import type { MapJobFragment } from '../../api/generated/graphql.ts';
import { count, duration } from '../../ui/numbers.ts';
import { Progress } from '../../ui/states/progress.tsx';
import css from './map-building.module.css';

/** How far the job is that builds the map. */
export function MapBuilding({ job }: { job: MapJobFragment | undefined }) {
  const isKnown = job?.state === 'RUNNING' && job.total !== null;
  return (
    <div className={css.building}>
      <Progress
        label={job?.state === 'QUEUED' ? 'The map waits for its turn' : 'Arranging the pictures'}
        value={isKnown ? job.progress : null}
        detail={
          isKnown
            ? [
                `${count(job.done)} of ${count(job.total!)}`,
                ...(job.secondsLeft === null ? [] : [`${duration(job.secondsLeft)} left`]),
              ].join(', ')
            : 'Those that look alike are moved near each other.'
        }
      />
    </div>
  );
}

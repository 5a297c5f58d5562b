import { useCallback, useMemo, useRef, useState } from 'react';
import { navigate } from 'wouter/use-browser-location';
import { Tabs } from '../ui/layout/tabs.tsx';
import { count } from '../ui/numbers.ts';
import { ErrorState } from '../ui/states/error-state.tsx';
import { Skeleton } from '../ui/states/skeleton.tsx';
import css from './drawn-map.module.css';
import { LegendTable } from './lists/legend-table.tsx';
import { OutlierList } from './lists/outlier-list.tsx';
import { SelectionList } from './lists/selection-list.tsx';
import { SuspectList } from './lists/suspect-list.tsx';
import { searchLike } from './map-address.ts';
import { MapCanvas, type MapHandle } from './plot/map-canvas.tsx';
import { legendOf } from './points/label-colours.ts';
import type { MapPoints } from './points/map-points.ts';
import { useMapPoints } from './points/use-map-points.ts';

interface Props {
  dataset: string;
  pointsUrl: string;
  tab: string;
  onTab: (tab: string) => void;
}

/** The map on its canvas, and beside it what there is to know about it in words. */
export function DrawnMap({ pointsUrl, ...props }: Props) {
  const { points, error, retry } = useMapPoints(pointsUrl);
  if (error !== undefined) return <ErrorState error={error} onRetry={retry} />;
  if (points === undefined) {
    return (
      <div className={css.layout} role="status" aria-label="Loading the map">
        <div className={css.map}>
          <Skeleton height="100%" />
        </div>
      </div>
    );
  }
  return <MapWithLists {...props} points={points} />;
}

function MapWithLists({ dataset, points, tab, onTab }: Omit<Props, 'pointsUrl'> & { points: MapPoints }) {
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [selected, setSelected] = useState<readonly number[]>([]);
  const map = useRef<MapHandle>(null);
  const canvas = useRef<HTMLDivElement>(null);
  const legend = useMemo(() => legendOf(points, chosen), [points, chosen]);
  const pointOf = useMemo(
    () => new Map(Array.from(points.ids, (id, point) => [`Image:${id}`, point])),
    [points],
  );

  const locate = (id: string) => {
    const point = pointOf.get(id);
    if (point === undefined) return;
    map.current?.goTo(point);
    canvas.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  };
  const select = useCallback(
    (lassoed: readonly number[]) => {
      setSelected(lassoed);
      if (lassoed.length > 0) onTab('selected');
    },
    [onTab],
  );
  const open = useCallback(
    (point: number) => navigate(searchLike(dataset, [`Image:${points.ids[point]!}`])),
    [dataset, points],
  );

  return (
    <div className={css.layout}>
      <div ref={canvas} className={css.map}>
        <MapCanvas
          ref={map}
          points={points}
          legend={legend}
          chosen={chosen}
          selected={selected}
          onSelect={select}
          onOpen={open}
        />
      </div>
      <aside className={css.lists} aria-label="About the map">
        <Tabs
          label="About the map"
          selected={tab}
          onSelect={onTab}
          items={[
            {
              id: 'labels',
              label: 'Labels',
              content: (
                <LegendTable legend={legend} chosen={chosen} onChoose={setChosen} total={points.count} />
              ),
            },
            {
              id: 'suspects',
              label: 'Wrong labels',
              content: <SuspectList dataset={dataset} onLocate={locate} />,
            },
            {
              id: 'outliers',
              label: 'Outliers',
              content: <OutlierList dataset={dataset} onLocate={locate} />,
            },
            {
              id: 'selected',
              label: 'Selected',
              count: selected.length === 0 ? undefined : count(selected.length),
              content: (
                <SelectionList
                  points={points}
                  dataset={dataset}
                  selected={selected}
                  onClear={() => setSelected([])}
                />
              ),
            },
          ]}
        />
      </aside>
    </div>
  );
}

import { useQuery } from '@apollo/client/react';
import Images from 'lucide-react/icons/images';
import Layers from 'lucide-react/icons/layers';
import RefreshCw from 'lucide-react/icons/refresh-cw';
import Waypoints from 'lucide-react/icons/waypoints';
import { useCallback } from 'react';
import { useSearch } from 'wouter';
import { navigate } from 'wouter/use-browser-location';
import { DatasetMapDocument, type DatasetMapQuery } from '../api/generated/graphql.ts';
import { useDatasets } from '../api/use-datasets.ts';
import { Button, LinkButton } from '../ui/actions/button.tsx';
import { DatasetPicker } from '../ui/forms/dataset-picker.tsx';
import { View } from '../ui/layout/view.tsx';
import { count, counted } from '../ui/numbers.ts';
import { EmptyState } from '../ui/states/empty-state.tsx';
import { ErrorState } from '../ui/states/error-state.tsx';
import { Skeleton } from '../ui/states/skeleton.tsx';
import { MapBuilding } from './building/map-building.tsx';
import { useMapJob } from './building/use-map-job.ts';
import { DrawnMap } from './drawn-map.tsx';
import { mapAddress } from './map-address.ts';
import css from './map-view.module.css';

type MappedDataset = NonNullable<DatasetMapQuery['dataset']>;

/** A dataset in two dimensions: what looks alike is near each other. */
export default function MapView() {
  const params = new URLSearchParams(useSearch());
  const { datasets, error, refetch } = useDatasets();
  const dataset =
    params.get('in') ?? datasets?.find(({ index }) => index !== null)?.name ?? datasets?.[0]?.name;
  const picker = dataset !== undefined && (
    <div className={css.picker}>
      <DatasetPicker hideLabel value={dataset} onChange={(name) => navigate(mapAddress(name))} />
    </div>
  );
  return (
    <View title="Map" actions={picker}>
      {dataset !== undefined ? (
        <MapOfDataset key={dataset} dataset={dataset} tab={params.get('show') ?? 'labels'} />
      ) : error !== undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : datasets === undefined ? (
        <Loading />
      ) : (
        <EmptyState icon={Images} title="There are no pictures yet">
          <p>Add pictures in the catalogue and build their index. Then they can be shown on a map.</p>
          <LinkButton href="/catalogue" variant="primary">
            Go to the catalogue
          </LinkButton>
        </EmptyState>
      )}
    </View>
  );
}

function MapOfDataset({ dataset, tab }: { dataset: string; tab: string }) {
  const { data, error, refetch } = useQuery(DatasetMapDocument, { variables: { dataset } });
  if (data === undefined) {
    return error === undefined ? <Loading /> : <ErrorState error={error} onRetry={() => void refetch()} />;
  }
  if (data.dataset === null) {
    return (
      <EmptyState icon={Images} title={`There is no dataset “${dataset}”`}>
        <p>It may have been deleted. Choose another one above.</p>
      </EmptyState>
    );
  }
  return <KnownDataset dataset={data.dataset} tab={tab} onRebuilt={() => void refetch()} />;
}

interface KnownProps {
  dataset: MappedDataset;
  tab: string;
  onRebuilt: () => void;
}

function KnownDataset({ dataset, tab, onRebuilt }: KnownProps) {
  const { map, index, name } = dataset;
  const { job, isBuilding, build } = useMapJob(dataset.id, onRebuilt);
  const showTab = useCallback((next: string) => navigate(mapAddress(name, next), { replace: true }), [name]);
  if (map === null && isBuilding) {
    return (
      <EmptyState icon={Waypoints} title="The map is being built">
        <MapBuilding job={job} />
      </EmptyState>
    );
  }
  if (map === null && (index === null || index.state === 'BUILDING')) {
    return (
      <EmptyState icon={Layers} title="This dataset is not indexed yet">
        <p>The map is made of what the index knows about the pictures. Build the index first.</p>
        <LinkButton variant="primary" href={`/catalogue/${encodeURIComponent(name)}/index`}>
          Go to its index
        </LinkButton>
      </EmptyState>
    );
  }
  if (map === null) {
    return (
      <EmptyState icon={Waypoints} title="There is no map yet">
        <p>
          It shows all {counted(index!.indexed, 'picture')} at once, those that look alike near each other,
          and finds outliers and labels that are probably wrong.
        </p>
        <Button variant="primary" onPress={build}>
          Build the map
        </Button>
      </EmptyState>
    );
  }
  return (
    <>
      {(map.stale || isBuilding) && (
        <div className={css.stale} role="status">
          {isBuilding ? (
            <MapBuilding job={job} />
          ) : (
            <>
              <p>The catalogue has changed since this map was made. New pictures are missing.</p>
              <Button size="s" icon={RefreshCw} onPress={build}>
                Build it again
              </Button>
            </>
          )}
        </div>
      )}
      <DrawnMap dataset={name} pointsUrl={map.pointsUrl} tab={tab} onTab={showTab} />
      {map.indexedCount > map.imageCount && (
        <p className={css.sample}>
          The map shows a sample: {count(map.imageCount)} of {counted(map.indexedCount, 'picture')}.
        </p>
      )}
    </>
  );
}

function Loading() {
  return (
    <div className={css.loading} role="status" aria-label="Loading the map">
      <Skeleton height="100%" />
    </div>
  );
}

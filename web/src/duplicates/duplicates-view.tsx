import History from 'lucide-react/icons/history';
import Images from 'lucide-react/icons/images';
import { useMemo, useState } from 'react';
import { useSearch } from 'wouter';
import { navigate } from 'wouter/use-browser-location';
import { useDatasets } from '../api/use-datasets.ts';
import { Button, LinkButton } from '../ui/actions/button.tsx';
import { View } from '../ui/layout/view.tsx';
import { EmptyState } from '../ui/states/empty-state.tsx';
import { ErrorState } from '../ui/states/error-state.tsx';
import { DecidedDialog } from './decided-dialog.tsx';
import { DuplicateFilters } from './duplicate-filters.tsx';
import { duplicatesAddress, parseDuplicates, type DuplicatesState } from './duplicates-address.ts';
import { GroupList } from './group-list.tsx';
import { GroupsLoading } from './groups-loading.tsx';

/** Groups of images that look the same, and what to do about them. */
export default function DuplicatesView() {
  const query = useSearch();
  const state = useMemo(() => parseDuplicates(query), [query]);
  const { datasets, error, refetch } = useDatasets();
  const [isShowingDecided, setShowingDecided] = useState(false);
  const [takenBack, setTakenBack] = useState(0);
  const dataset =
    state.dataset ?? datasets?.find(({ imageCount }) => imageCount > 0)?.name ?? datasets?.[0]?.name;

  const change = (patch: Partial<DuplicatesState>) =>
    navigate(duplicatesAddress({ ...state, ...(dataset && { dataset }), ...patch }));

  if (datasets === undefined && error !== undefined) {
    return (
      <View title="Duplicates">
        <ErrorState error={error} onRetry={() => void refetch()} />
      </View>
    );
  }
  if (dataset === undefined) {
    return (
      <View title="Duplicates">
        {datasets === undefined ? <GroupsLoading comparison={undefined} /> : <NoDatasets />}
      </View>
    );
  }
  return (
    <View
      title="Duplicates"
      actions={
        <Button size="s" variant="plain" icon={History} onPress={() => setShowingDecided(true)}>
          Decided before
        </Button>
      }
    >
      <DuplicateFilters dataset={dataset} state={state} onChange={change} />
      <GroupList
        key={`${duplicatesAddress({ ...state, dataset })} ${takenBack}`}
        dataset={dataset}
        state={state}
        onChange={change}
      />
      <DecidedDialog
        dataset={dataset}
        isOpen={isShowingDecided}
        onClose={() => setShowingDecided(false)}
        onTakenBack={() => setTakenBack((count) => count + 1)}
      />
    </View>
  );
}

function NoDatasets() {
  return (
    <EmptyState icon={Images} title="There are no pictures yet">
      <p>Add pictures in the catalogue. Those that look the same will then be shown here side by side.</p>
      <LinkButton href="/catalogue" variant="primary">
        Go to the catalogue
      </LinkButton>
    </EmptyState>
  );
}

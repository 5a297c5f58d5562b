import { Redirect, Route, Switch, useSearch } from 'wouter';
import { TABS, type Tab, datasetAddress } from './addresses.ts';
import { CreateView } from './create/create-view.tsx';
import { DatasetList } from './dataset-list.tsx';
import { DatasetView } from './dataset-view.tsx';
import { SourcesView } from './sources/sources-view.tsx';

/** The datasets, or one of them, or how to add one, or the sources of all: as the address says. */
export default function CatalogueView() {
  const query = useSearch();
  return (
    <Switch>
      <Route path="/catalogue">{overview(new URLSearchParams(query))}</Route>
      <Route path="/catalogue/:dataset/:tab?">
        {({ dataset, tab = 'images' }) => {
          if (tab === 'add') return <CreateView key={dataset} into={dataset} />;
          if (!isTab(tab)) return <Redirect to={datasetAddress(dataset)} replace />;
          return <DatasetView key={dataset} name={dataset} tab={tab} />;
        }}
      </Route>
    </Switch>
  );
}

function overview(query: URLSearchParams) {
  if (query.has('new')) return <CreateView />;
  return query.has('sources') ? <SourcesView /> : <DatasetList />;
}

function isTab(text: string): text is Tab {
  return (TABS as readonly string[]).includes(text);
}

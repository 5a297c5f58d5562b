import { Redirect, Route, Switch, useSearch } from 'wouter';
import { TABS, type Tab, datasetAddress } from './addresses.ts';
import { CreateView } from './create/create-view.tsx';
import { DatasetList } from './dataset-list.tsx';
import { DatasetView } from './dataset-view.tsx';

/** The datasets, or one of them, or how to add one: as the address says. */
export default function CatalogueView() {
  const query = useSearch();
  return (
    <Switch>
      <Route path="/catalogue">
        {new URLSearchParams(query).has('new') ? <CreateView /> : <DatasetList />}
      </Route>
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

function isTab(text: string): text is Tab {
  return (TABS as readonly string[]).includes(text);
}

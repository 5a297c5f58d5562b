import { lazy, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { I18nProvider } from 'react-aria-components/I18nProvider';
import { RouterProvider } from 'react-aria-components';
import { navigate } from 'wouter/use-browser-location';
import { SearchView } from '../search/search-view.tsx';
import { LinkButton } from '../ui/actions/button.tsx';
import { Toasts } from '../ui/overlays/toast.tsx';
import { EmptyState } from '../ui/states/empty-state.tsx';
import { Shell } from './shell.tsx';
import { ViewBoundary } from './view-boundary.tsx';
import { ViewLoading } from './view-loading.tsx';
import Unlink from 'lucide-react/icons/unlink';

const CatalogueView = lazy(() => import('../catalogue/catalogue-view.tsx'));
const DuplicatesView = lazy(() => import('../duplicates/duplicates-view.tsx'));
const MapView = lazy(() => import('../map/map-view.tsx'));

/** Links of React Aria (menus, tabs) go through the same router as the others. */
export function App() {
  return (
    <I18nProvider locale="en-GB">
      <RouterProvider navigate={navigate}>
        <Shell>
          <ViewBoundary>
            <Suspense fallback={<ViewLoading />}>
              <Switch>
                <Route path="/" component={SearchView} />
                <Route path="/catalogue/*?" component={CatalogueView} />
                <Route path="/duplicates/*?" component={DuplicatesView} />
                <Route path="/map/*?" component={MapView} />
                <Route>
                  <EmptyState icon={Unlink} title="There is no page at this address">
                    <p>The link may be incomplete.</p>
                    <LinkButton href="/">Go to the search</LinkButton>
                  </EmptyState>
                </Route>
              </Switch>
            </Suspense>
          </ViewBoundary>
        </Shell>
        <Toasts />
      </RouterProvider>
    </I18nProvider>
  );
}

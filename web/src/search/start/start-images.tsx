import { useQuery } from '@apollo/client/react';
import Images from 'lucide-react/icons/images';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { StartImagesDocument } from '../../api/generated/graphql.ts';
import { isSearchable, useDatasets } from '../../api/use-datasets.ts';
import { LinkButton } from '../../ui/actions/button.tsx';
import { ImageTile } from '../../ui/images/image-tile.tsx';
import { JustifiedGrid } from '../../ui/images/justified-grid.tsx';
import { EmptyState } from '../../ui/states/empty-state.tsx';
import { ErrorState } from '../../ui/states/error-state.tsx';
import { SkeletonGrid } from '../../ui/states/skeleton.tsx';
import { labelled } from '../pictures/image-words.ts';
import { EMPTY, searchAddress } from '../state/search-state.ts';
import type { SearchControls } from '../state/use-search-state.ts';
import css from './start.module.css';

const PAGE = 60;
const DatasetPicker = lazy(() =>
  import('../../ui/forms/dataset-picker.tsx').then(({ DatasetPicker: picker }) => ({ default: picker })),
);

/** Pictures of a dataset to start from, or what to do where there are none. */
export function StartImages({ controls: { state } }: { controls: SearchControls }) {
  const { datasets, error, refetch } = useDatasets();
  const [chosen, setChosen] = useState<string | null>(state.datasets[0] ?? null);
  const filled = useMemo(() => datasets?.filter(({ imageCount }) => imageCount > 0), [datasets]);

  if (error !== undefined && datasets === undefined) {
    return <ErrorState error={error} onRetry={() => void refetch()} />;
  }
  if (filled === undefined) return <SkeletonGrid label="Loading the catalogue" />;
  const dataset = filled.find(({ name }) => name === chosen) ?? filled.find(isSearchable) ?? filled[0];
  if (dataset === undefined) {
    return (
      <EmptyState icon={Images} title="Your catalogue is empty">
        <p>Add the pictures to search in: a folder, an annotation file, or addresses.</p>
        <LinkButton variant="primary" href="/catalogue">
          Add pictures
        </LinkButton>
      </EmptyState>
    );
  }
  return (
    <section className={css.browse} aria-labelledby="browse-title">
      <div className={css.head}>
        <h2 id="browse-title">Or start from a picture you have</h2>
        {filled.length > 1 && (
          <div className={css.picker}>
            <Suspense>
              <DatasetPicker hideLabel value={dataset.name} onChange={setChosen} />
            </Suspense>
          </div>
        )}
      </div>
      {isSearchable(dataset) ? (
        <DatasetImages key={dataset.name} dataset={dataset.name} />
      ) : (
        <EmptyState icon={Images} title={`“${dataset.name}” is not indexed yet`}>
          <p>Searches need an index. Building one takes seconds for a few hundred pictures.</p>
          <LinkButton variant="primary" href={`/catalogue/${dataset.name}`}>
            Build the index
          </LinkButton>
        </EmptyState>
      )}
    </section>
  );
}

function DatasetImages({ dataset }: { dataset: string }) {
  const { data, error, refetch, fetchMore, loading } = useQuery(StartImagesDocument, {
    variables: { dataset, first: PAGE },
  });
  const page = data?.images.pageInfo;
  const more = useCallback(() => {
    if (page?.hasNextPage && !loading)
      void fetchMore({ variables: { after: page.endCursor } }).catch(() => undefined);
  }, [page, fetchMore, loading]);
  const images = useMemo(() => data?.images.edges.map(({ node }) => node) ?? [], [data]);

  if (error !== undefined && data === undefined)
    return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <SkeletonGrid label="Loading pictures" />;
  return (
    <JustifiedGrid
      items={images}
      keyOf={({ id }) => id}
      aspectOf={({ width, height }) => width / height}
      label="Pictures to start from"
      total={data.images.totalCount}
      onEnd={page?.hasNextPage ? more : undefined}
    >
      {(image) => (
        <ImageTile
          small={image.small}
          large={image.large}
          alt={`Search with ${labelled(image)}`}
          href={searchAddress({ ...EMPTY, examples: [{ id: image.id, weight: 1 }] })}
        />
      )}
    </JustifiedGrid>
  );
}

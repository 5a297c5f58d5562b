import { useQuery } from '@apollo/client/react';
import FolderSync from 'lucide-react/icons/folder-sync';
import Images from 'lucide-react/icons/images';
import Plus from 'lucide-react/icons/plus';
import { useEffect } from 'react';
import { DatasetOverviewDocument } from '../api/generated/graphql.ts';
import { Button, LinkButton } from '../ui/actions/button.tsx';
import { View } from '../ui/layout/view.tsx';
import { EmptyState } from '../ui/states/empty-state.tsx';
import { ErrorState } from '../ui/states/error-state.tsx';
import { Skeleton } from '../ui/states/skeleton.tsx';
import { NEW_DATASET, SOURCES } from './addresses.ts';
import { DatasetCard } from './dataset-card.tsx';
import css from './dataset-list.module.css';
import { useActiveJobs } from './jobs/use-active-jobs.ts';

/** All datasets, each with a few of its pictures. */
export function DatasetList() {
  const { data, error, loading, refetch, fetchMore } = useQuery(DatasetOverviewDocument);
  const jobs = useActiveJobs();
  const page = data?.datasets;

  useEffect(() => {
    document.title = 'Catalogue · Lookalike';
  }, []);

  if (page === undefined && error !== undefined) {
    return <ErrorState error={error} onRetry={() => void refetch()} />;
  }
  const isEmpty = page?.edges.length === 0;
  return (
    <View
      title="Catalogue"
      actions={
        <>
          <LinkButton href={SOURCES} icon={FolderSync}>
            Sources
          </LinkButton>
          {!isEmpty && (
            <LinkButton href={NEW_DATASET} variant="primary" icon={Plus}>
              New dataset
            </LinkButton>
          )}
        </>
      }
    >
      {page === undefined && <CardSkeletons />}
      {isEmpty && (
        <EmptyState icon={Images} title="Your catalogue is empty">
          <p>
            Drop a folder of pictures, or an annotation file with its pictures. Each becomes a dataset that
            you can browse, index and search.
          </p>
          <LinkButton href={NEW_DATASET} variant="primary" icon={Plus}>
            Create the first dataset
          </LinkButton>
        </EmptyState>
      )}
      {page !== undefined && page.edges.length > 0 && (
        <ul className={css.list} aria-label="Datasets">
          {page.edges.map(({ node }) => (
            <li key={node.id}>
              <DatasetCard dataset={node} job={jobs.find(({ datasetId }) => datasetId === node.id)} />
            </li>
          ))}
        </ul>
      )}
      {page?.pageInfo.hasNextPage && (
        <div className={css.more}>
          <Button
            isPending={loading}
            onPress={() => void fetchMore({ variables: { after: page.pageInfo.endCursor } })}
          >
            Show more datasets
          </Button>
        </div>
      )}
    </View>
  );
}

function CardSkeletons() {
  return (
    <div className={css.list} role="status" aria-label="Loading the datasets">
      {[0, 1, 2].map((index) => (
        <div key={index} className={css.skeleton} aria-hidden>
          <Skeleton height="12rem" />
          <Skeleton width="40%" height="1.1rem" />
          <Skeleton width="70%" height="0.8rem" />
        </div>
      ))}
    </div>
  );
}

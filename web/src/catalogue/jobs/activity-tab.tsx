import { useQuery } from '@apollo/client/react';
import History from 'lucide-react/icons/history';
import { JobHistoryDocument } from '../../api/generated/graphql.ts';
import { EmptyState } from '../../ui/states/empty-state.tsx';
import { ErrorState } from '../../ui/states/error-state.tsx';
import { Skeleton } from '../../ui/states/skeleton.tsx';
import type { Dataset } from '../dataset-view.tsx';
import css from './activity-tab.module.css';
import { FailedDownloads } from './failed-downloads.tsx';
import { isActive } from './job-words.ts';
import { NextPage } from './next-page.tsx';
import { PastJob } from './past-job.tsx';

/** What was done with a dataset, and which of its downloads failed and why. */
export function ActivityTab({ dataset }: { dataset: Dataset }) {
  const { data, error, loading, refetch, fetchMore } = useQuery(JobHistoryDocument);
  if (data === undefined) {
    if (error !== undefined) return <ErrorState error={error} onRetry={() => void refetch()} />;
    return (
      <div role="status" aria-label="Loading the activity">
        <Skeleton height="8rem" />
      </div>
    );
  }
  const { edges, pageInfo } = data.jobs;
  const past = edges.map(({ node }) => node).filter((job) => job.datasetId === dataset.id && !isActive(job));
  return (
    <div className={css.activity}>
      <FailedDownloads dataset={dataset} />
      <section className={css.part}>
        <h2>History</h2>
        {past.length === 0 && (
          <EmptyState icon={History} title="Nothing has ended yet">
            <p>Imports and builds of the index are listed here once they have ended.</p>
          </EmptyState>
        )}
        <ul className={css.jobs}>
          {past.map((job) => (
            <li key={job.id}>
              <PastJob job={job} />
            </li>
          ))}
        </ul>
        <NextPage pageInfo={pageInfo} loading={loading} fetchMore={fetchMore}>
          Look further back
        </NextPage>
      </section>
    </div>
  );
}

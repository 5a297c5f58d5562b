import { useQuery } from '@apollo/client/react';
import FolderSync from 'lucide-react/icons/folder-sync';
import Plus from 'lucide-react/icons/plus';
import { useEffect, useState } from 'react';
import { SourcesDocument } from '../../api/generated/graphql.ts';
import { Button } from '../../ui/actions/button.tsx';
import { EmptyState } from '../../ui/states/empty-state.tsx';
import { ErrorState } from '../../ui/states/error-state.tsx';
import { Skeleton } from '../../ui/states/skeleton.tsx';
import { NextPage } from '../jobs/next-page.tsx';
import { watchJob } from '../jobs/watch-jobs.ts';
import { SourceCard } from './source-card.tsx';
import { SourceDialog } from './source-dialog.tsx';
import css from './sources.module.css';

/** Runs that the schedule or somebody else has started are found this often. */
const POLL_MS = 5_000;

/** The sources of one dataset or of all, and a button to add one. */
export function SourceList({ dataset }: { dataset?: string }) {
  const [isAdding, setAdding] = useState(false);
  const { data, error, loading, refetch, fetchMore } = useQuery(SourcesDocument, {
    variables: { dataset: dataset ?? null },
    fetchPolicy: 'cache-and-network',
    pollInterval: POLL_MS,
    skipPollAttempt: () => document.hidden,
  });
  const sources = data?.sources.edges.map(({ node }) => node) ?? [];
  const jobs = sources.map(({ lastJob }) => lastJob).filter((job) => job !== null);
  useEffect(() => {
    jobs.forEach(watchJob);
    // Their progress is no reason to look at them again.
  }, [jobs.map(({ id }) => id).join()]);

  if (data === undefined) {
    if (error !== undefined) return <ErrorState error={error} onRetry={() => void refetch()} />;
    return (
      <div role="status" aria-label="Loading the sources">
        <Skeleton height="8rem" />
      </div>
    );
  }
  const add = (
    <Button variant="primary" icon={Plus} onPress={() => setAdding(true)}>
      Add a source
    </Button>
  );
  return (
    <>
      {sources.length === 0 ? (
        <EmptyState icon={FolderSync} title="No sources yet">
          <p>
            A source is a folder or an annotation file that is kept with its options.{' '}
            {dataset ?? 'Its dataset'} is brought in step with it when you say so, on a schedule, or when
            something changes.
          </p>
          {add}
        </EmptyState>
      ) : (
        <div className={css.list}>
          <div>{add}</div>
          <ul className={css.sources} aria-label="Sources">
            {sources.map((source) => (
              <li key={source.name}>
                <SourceCard source={source} isInDataset={dataset !== undefined} />
              </li>
            ))}
          </ul>
          <NextPage pageInfo={data.sources.pageInfo} loading={loading} fetchMore={fetchMore}>
            Show more sources
          </NextPage>
        </div>
      )}
      {isAdding && (
        <SourceDialog {...(dataset !== undefined && { dataset })} onClose={() => setAdding(false)} />
      )}
    </>
  );
}

import { useQuery } from '@apollo/client/react';
import Download from 'lucide-react/icons/download';
import { JobFailuresDocument } from '../../api/generated/graphql.ts';
import { Button } from '../../ui/actions/button.tsx';
import { count } from '../../ui/numbers.ts';
import { ErrorState } from '../../ui/states/error-state.tsx';
import { Skeleton } from '../../ui/states/skeleton.tsx';
import css from './activity-tab.module.css';
import { grouped } from './grouped.ts';
import { NextPage } from './next-page.tsx';
import { reasonWords } from './reasons.ts';

/** The items that a job could not process, by reason. */
export function JobFailures({ jobId }: { jobId: string }) {
  const { data, error, loading, refetch, fetchMore } = useQuery(JobFailuresDocument, {
    variables: { id: jobId },
  });
  const failures = data?.job?.failures;
  if (failures === undefined) {
    if (error !== undefined) return <ErrorState error={error} onRetry={() => void refetch()} />;
    return (
      <div className={css.items} role="status" aria-label="Loading what failed">
        <Skeleton height="4rem" />
      </div>
    );
  }
  const { edges, pageInfo, totalCount } = failures;
  const counts = data?.job?.failureCounts ?? [];
  const byCode = new Map(
    grouped(
      edges.map(({ node }) => node),
      ({ code }) => code,
    ),
  );
  return (
    <div className={css.items}>
      <div>
        <Button
          size="s"
          icon={Download}
          onPress={() => location.assign(`/jobs/${encodeURIComponent(jobId)}/failures.csv`)}
        >
          All as CSV
        </Button>
      </div>
      {counts.map(({ code, count: amount }) => (
        <section key={code}>
          <h3 className={css.group}>
            {reasonWords(code)} ({count(amount)})
          </h3>
          <ul>
            {byCode.get(code)?.map(({ item, message }, index) => (
              <li key={`${item} ${index}`}>
                <strong>{item}</strong> <span className={css.facts}>{message}</span>
              </li>
            ))}
          </ul>
        </section>
      ))}
      <NextPage pageInfo={pageInfo} loading={loading} fetchMore={fetchMore}>
        Show more of {count(totalCount)}
      </NextPage>
    </div>
  );
}

import { useQuery } from '@apollo/client/react';
import { useEffect } from 'react';
import { ActiveJobsDocument, type JobFieldsFragment } from '../../api/generated/graphql.ts';
import { isActive } from './job-words.ts';
import { watchJob } from './watch-jobs.ts';

/** Jobs that others have started are found this often. */
const POLL_MS = 5_000;

/** The jobs that run or wait, of one dataset or of all, the running ones first. They are followed as they change. */
export function useActiveJobs(datasetId?: string): JobFieldsFragment[] {
  const { data } = useQuery(ActiveJobsDocument, {
    pollInterval: POLL_MS,
    skipPollAttempt: () => document.hidden,
  });
  const jobs = [...(data?.running.edges ?? []), ...(data?.queued.edges ?? [])]
    .map(({ node }) => node)
    .filter((job, index, all) => all.findIndex(({ id }) => id === job.id) === index)
    .filter(isActive);
  const ids = jobs.map(({ id }) => id).join();
  useEffect(() => {
    jobs.forEach(watchJob);
    // Their progress is no reason to look at them again.
  }, [ids]);
  return datasetId === undefined ? jobs : jobs.filter((job) => job.datasetId === datasetId);
}

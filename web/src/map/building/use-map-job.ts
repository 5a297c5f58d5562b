import { useMutation, useQuery, useSubscription } from '@apollo/client/react';
import { useEffect, useRef, useState } from 'react';
import {
  BuildMapDocument,
  MapProgressDocument,
  RunningMapJobsDocument,
} from '../../api/generated/graphql.ts';
import { showError, showToast } from '../../ui/overlays/toast.tsx';

const ENDED: ReadonlySet<string> = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED']);

/** The job that builds the map of a dataset: starts it, finds one that runs already, and follows it. */
export function useMapJob(datasetId: string, onDone: () => void) {
  const [jobId, setJobId] = useState<string>();
  const done = useRef(onDone);
  done.current = onDone;
  const [start, { loading: isStarting }] = useMutation(BuildMapDocument);
  const running = useQuery(RunningMapJobsDocument, {
    variables: { state: 'RUNNING' },
    fetchPolicy: 'no-cache',
  });
  const queued = useQuery(RunningMapJobsDocument, {
    variables: { state: 'QUEUED' },
    fetchPolicy: 'no-cache',
  });
  const found = [running, queued]
    .flatMap(({ data }) => data?.jobs.nodes ?? [])
    .find((job) => job.kind === 'BUILD_MAP' && job.datasetId === datasetId)?.id;
  useEffect(() => {
    if (found !== undefined) setJobId(found);
  }, [found]);

  const { data, error } = useSubscription(MapProgressDocument, {
    variables: { id: jobId ?? '' },
    skip: jobId === undefined,
  });
  const job = jobId === undefined ? undefined : data?.jobProgress;
  const hasEnded = job !== undefined && ENDED.has(job.state);

  useEffect(() => {
    if (error === undefined) return;
    setJobId(undefined);
    showError(error);
  }, [error]);

  useEffect(() => {
    if (job === undefined || !hasEnded) return;
    setJobId(undefined);
    if (job.state === 'SUCCEEDED') {
      showToast({ title: 'The map is ready', tone: 'good' });
      done.current();
    } else if (job.error) {
      showToast({ title: 'The map was not built', description: job.error.message, tone: 'bad' });
    }
  }, [job, hasEnded]);

  const build = async () => {
    try {
      const { data: started } = await start({ variables: { dataset: datasetId } });
      setJobId(started?.buildMap.id);
    } catch (error) {
      showError(error);
    }
  };
  return {
    job: hasEnded ? undefined : job,
    isBuilding: jobId !== undefined || isStarting,
    build: () => void build(),
  };
}

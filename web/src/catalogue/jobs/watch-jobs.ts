import { client } from '../../api/client.ts';
import { JobProgressDocument, type JobFieldsFragment } from '../../api/generated/graphql.ts';
import { showToast } from '../../ui/overlays/toast.tsx';
import { isActive, kindWords, outcome } from './job-words.ts';

/** How often what a running job changes is read again. */
const REFRESH_MS = 2_500;
const JOB_LISTS = ['ActiveJobs', 'JobHistory', 'Sources'];
const CHANGED_BY_JOBS = ['Dataset', 'DatasetLabels', 'DatasetOverview', 'DatasetCover', 'DatasetNames'];
const CHANGED_AT_THE_END = [...JOB_LISTS, ...CHANGED_BY_JOBS, 'DownloadReport'];

const watched = new Set<string>();
const growing = new Set<() => void>();
/** Datasets whose pictures may be gone at any moment. */
const leaving = new Set<string>();

/** Reads again what is on the screen and has one of these names. */
export function refresh(names: readonly string[]): void {
  for (const query of client.getObservableQueries('active')) {
    if (query.queryName !== undefined && names.includes(query.queryName)) {
      query.refetch().catch(() => undefined);
    }
  }
}

/** Calls back whenever a job may have changed the images of a dataset. */
export function onImagesChanged(listener: () => void): () => void {
  growing.add(listener);
  return () => growing.delete(listener);
}

/** Whether a dataset is being deleted. */
export function isLeaving(datasetId: string): boolean {
  return leaving.has(datasetId);
}

/** To be called with the job that a mutation has started. */
export function jobStarted(job: JobFieldsFragment): void {
  watchJob(job);
  refresh(JOB_LISTS);
}

/** Follows a job until it has ended, and keeps what it changes up to date. */
export function watchJob(job: JobFieldsFragment): void {
  if (watched.has(job.id) || !isActive(job)) return;
  watched.add(job.id);
  if (job.kind === 'DELETE_DATASET') leaving.add(job.datasetId);
  let refreshedAt = Date.now();
  const changed = () => {
    refresh(CHANGED_BY_JOBS);
    growing.forEach((listener) => listener());
  };
  client.subscribe({ query: JobProgressDocument, variables: { id: job.id } }).subscribe({
    next: ({ data }) => {
      if (data === undefined || data === null) return;
      if (!isActive(data.jobProgress)) return ended(data.jobProgress);
      if (Date.now() - refreshedAt < REFRESH_MS) return;
      refreshedAt = Date.now();
      changed();
    },
    error: () => watched.delete(job.id),
    complete: () => watched.delete(job.id),
  });
}

function ended(job: JobFieldsFragment): void {
  if (job.kind === 'DELETE_DATASET' && job.state !== 'SUCCEEDED') leaving.delete(job.datasetId);
  if (job.kind === 'DELETE_DATASET' && job.state === 'SUCCEEDED') {
    client.cache.evict({ id: client.cache.identify({ __typename: 'Dataset', id: job.datasetId })! });
    client.cache.gc();
  }
  refresh(CHANGED_AT_THE_END);
  growing.forEach((listener) => listener());
  say(job);
}

function say(job: JobFieldsFragment): void {
  const { name } = kindWords(job);
  if (job.state === 'SUCCEEDED') {
    showToast({ title: `${name} finished`, description: outcome(job), tone: 'good' });
  } else if (job.state === 'FAILED') {
    showToast({ title: `${name} failed`, description: job.error?.message ?? outcome(job), tone: 'bad' });
  } else {
    showToast({ title: `${name} cancelled`, description: `What was finished stays: ${outcome(job)}.` });
  }
}

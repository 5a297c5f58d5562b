import type { JobFieldsFragment, JobStage } from '../../api/generated/graphql.ts';
import { count, counted, duration } from '../../ui/numbers.ts';

interface KindWords {
  /** While it runs. */
  readonly doing: string;
  /** In a list of what was done. */
  readonly name: string;
  /** What it counts. */
  readonly item: string;
  /** What became of those with a warning. */
  readonly warned?: string;
}

const KINDS: Record<string, KindWords> = {
  IMPORT_DATASET: { doing: 'Importing pictures', name: 'Import', item: 'picture' },
  BUILD_INDEX: { doing: 'Building the index', name: 'Index build', item: 'image' },
  DELETE_DATASET: { doing: 'Deleting the dataset', name: 'Deletion', item: 'image' },
  VERIFY_FILES: { doing: 'Checking files', name: 'Check of files', item: 'image', warned: 'fetched again' },
  BUILD_MAP: { doing: 'Drawing the map', name: 'Map', item: 'image' },
};

export function kindWords({ kind }: { kind: string }): KindWords {
  return KINDS[kind] ?? { doing: 'Working', name: 'Job', item: 'item' };
}

type Job = JobFieldsFragment;

const STAGES: Record<JobStage, string> = {
  READING: 'Reading',
  TRANSCRIBING: 'Reading the file',
  COMPARING: 'Comparing',
  IMPORTING: 'Importing',
  EMBEDDING: 'Embedding',
  FITTING: 'Fitting',
  WRITING: 'Writing',
  BUILDING_GRAPH: 'Building the graph',
  CALIBRATING: 'Calibrating',
  ARRANGING: 'Arranging',
  DELETING: 'Deleting',
};

export function isActive({ state }: Pick<Job, 'state'>): boolean {
  return state === 'QUEUED' || state === 'RUNNING';
}

/** What a `Progress` shows of a job. */
export function progressOf(job: Job): { value: number | null; max: number; failed: number } {
  const { state, stage, total, done, failed, progress } = job;
  const isKnown = state === 'QUEUED' || stage !== null || total !== null;
  const failedShare = failed / Math.max(1, done + failed);
  return { value: isKnown ? progress : null, max: 1, failed: failedShare * progress };
}

/** How far a job is, what it does in a second, and how long it still takes: parts of a line. */
export function progressFacts(job: Job): string[] {
  if (job.state === 'QUEUED') return ['Waiting for its turn'];
  const facts: string[] = [];
  if (job.stage !== null) facts.push(STAGES[job.stage]);
  const { item } = kindWords(job);
  if (job.total === null) facts.push(`${counted(job.done, item)} so far`);
  else facts.push(`${count(job.done + job.failed)} of ${counted(job.total, item)}`);
  if (job.failed > 0) facts.push(`${count(job.failed)} failed`);
  if (job.itemsPerSecond !== null && job.itemsPerSecond > 0) {
    const rate = job.itemsPerSecond;
    facts.push(
      rate >= 1.5 ? `${count(Math.round(rate))} per second` : `${count(Math.round(rate * 60))} per minute`,
    );
  }
  if (job.secondsLeft !== null && job.secondsLeft >= 1) facts.push(`${duration(job.secondsLeft)} left`);
  if (job.currentHosts.length > 0) {
    const [first, ...others] = job.currentHosts;
    facts.push(`from ${first!}${others.length > 0 ? ` and ${counted(others.length, 'other host')}` : ''}`);
  }
  return facts;
}

/** What a job has done: `1,234 pictures, 2 with warnings, 3 failed`. */
export function outcome(job: Job): string {
  const { item, warned: words = 'with warnings' } = kindWords(job);
  if (job.state === 'SUCCEEDED' && job.total === 0) return 'nothing had changed';
  const warned = job.warned > 0 ? `, ${count(job.warned)} ${words}` : '';
  const failed = job.failed > 0 ? `, ${count(job.failed)} failed` : '';
  return `${counted(job.done, item)}${warned}${failed}`;
}

import type { Job } from '../../jobs/index.ts';
import type { ImportRequest, SyncOptions } from '../import/import-input.ts';
import type { SyncCounts } from '../sync/sync-counts.ts';
import type { Schedule } from './schedule.ts';

/** What a synchronisation with a source is given. */
export type SyncRequest = ImportRequest & { readonly sync: SyncOptions };

/** A source that is kept under a name, to be synchronised with again and again. */
export interface KeptSource {
  readonly id: number;
  readonly name: string;
  readonly request: SyncRequest;
  /** Whether its paths were given by a caller who may name any path. */
  readonly trusted: boolean;
  /** When the server synchronises by itself; null if only when told. */
  readonly schedule: Schedule | null;
  /** Whether the server synchronises when something has changed. */
  readonly watch: boolean;
  /** When the next run by schedule is due; null without a schedule. */
  readonly nextRunAt: Date | null;
  readonly lastJobId: number | null;
  /** Why the last attempt came to no job; null if it did. */
  readonly problem: SourceProblem | null;
  readonly createdAt: Date;
}

export interface SourceProblem {
  readonly code: string;
  readonly message: string;
  readonly at: Date;
}

/** How the last run of a source went. */
export interface LastRun {
  readonly job: Job;
  /** What it has done; undefined until it has come to its end. */
  readonly counts: SyncCounts | undefined;
}

/** The path or URL of a source, for clients: of a path that they cannot have given, only the end. */
export function shownPlace({ request: { source }, trusted }: KeptSource): string {
  if (source.kind === 'feed' || source.kind === 'bucket') return source.url;
  const path = source.kind === 'directory' ? (source.path ?? '') : source.annotationsPath;
  const parts = path.split(/[\\/]/).filter((part) => part !== '');
  return trusted ? `…/${parts.slice(parts.length > 2 ? -2 : -1).join('/')}` : path;
}

import { existsSync, lstatSync, statSync, unlinkSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { BETWEEN_PATHS, type FileResult, type FileTask } from './file-tasks.messages.ts';
import { statVersion } from './stat-version.ts';

function resultOf({ kind, paths: text }: FileTask): FileResult {
  const paths = text.split(BETWEEN_PATHS);
  switch (kind) {
    case 'versions':
      return { versions: paths.map(versionAt) };
    case 'existence':
      return { existence: paths.map(existsSync) };
    case 'removal':
      return { removal: paths.map(isRemoved) };
  }
}

/** Whether there is no such file any more. Asking for it first is much faster than an error. */
function isRemoved(path: string): boolean {
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) unlinkSync(path);
    return true;
  } catch {
    return false;
  }
}

function versionAt(path: string): string | undefined {
  try {
    return statVersion(statSync(path, { throwIfNoEntry: false }));
  } catch {
    return undefined;
  }
}

parentPort?.on('message', (task: FileTask) => parentPort?.postMessage(resultOf(task)));

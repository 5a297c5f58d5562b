import { basename, dirname, relative, sep } from 'node:path';
import { watch } from 'chokidar';
import { PathWatcher, type PathWatch, type WatchedPath } from './path-watcher.port.ts';

/** Watches with the file system's own notifications. */
export class ChokidarPathWatcher extends PathWatcher {
  override watch(
    { path, kind }: WatchedPath,
    onChange: () => void,
    onFault: (error: unknown) => void,
  ): PathWatch {
    // The folder of a file, because programs replace files by others.
    const root = kind === 'file' ? dirname(path) : path;
    const watcher = watch(root, {
      ignoreInitial: true,
      persistent: true,
      ...(kind === 'file' ? { depth: 0 } : {}),
      ignored: (candidate) => isIgnored(candidate, root, kind === 'file' ? basename(path) : undefined),
    });
    watcher.on('all', onChange);
    watcher.on('error', onFault);
    return { close: () => watcher.close() };
  }
}

/** `only` is the one file in the root that matters. */
function isIgnored(candidate: string, root: string, only: string | undefined): boolean {
  const inside = relative(root, candidate);
  if (inside === '') return false;
  if (only !== undefined) return inside !== only;
  return inside.split(sep).some((name) => name.startsWith('.'));
}

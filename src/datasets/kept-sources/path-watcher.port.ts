/** A folder with everything in it, or a single file. */
export interface WatchedPath {
  readonly path: string;
  readonly kind: 'folder' | 'file';
}

export interface PathWatch {
  close(): Promise<void>;
}

/**
 * Tells when files change.
 *
 * @example
 * const watch = watcher.watch({ path: '/srv/photos', kind: 'folder' }, () => (changed = true), onFault);
 */
export abstract class PathWatcher {
  /**
   * Calls `onChange` whenever a file was added, changed or removed; hidden files do not count. Calls `onFault` if
   * changes may go unnoticed from now on, as when the system cannot watch that many folders.
   */
  abstract watch(watched: WatchedPath, onChange: () => void, onFault: (error: unknown) => void): PathWatch;
}

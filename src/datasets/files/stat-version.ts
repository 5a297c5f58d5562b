import type { Stats } from 'node:fs';

/** What changes if a file is changed: its size and the time of its last change. Undefined for what is no file. */
export function statVersion(stats: Stats | undefined): string | undefined {
  return stats?.isFile() ? `${stats.size}-${stats.mtimeMs}` : undefined;
}

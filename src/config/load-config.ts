import { z } from 'zod';
import { configInvalid } from './config.errors.ts';
import type { AnyConfigSlice } from './config-slice.ts';

/**
 * Reads all slices from the environment at once, so that all invalid settings are reported together.
 *
 * An empty variable counts as unset. Throws `CONFIG_INVALID`.
 */
export function loadConfig(
  slices: readonly AnyConfigSlice[],
  environment: Readonly<Record<string, string | undefined>>,
): Map<AnyConfigSlice, object> {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const loaded = new Map<AnyConfigSlice, object>();
  const problems: { key: string; problem: string }[] = [];

  for (const slice of slices) {
    const result = z.object(slice.shape).safeParse(present);
    if (result.success) loaded.set(slice, new slice(result.data as never));
    else {
      for (const issue of result.error.issues) {
        problems.push({ key: issue.path.join('.'), problem: issue.message });
      }
    }
  }

  if (problems.length > 0) {
    const lines = problems.map(({ key, problem }) => {
      const value = present[key];
      return `  ${key}${value === undefined ? '' : `=${value}`}: ${problem}`;
    });
    throw configInvalid(
      `The configuration has ${problems.length === 1 ? 'an invalid setting' : `${problems.length} invalid settings`}:\n${lines.join('\n')}`,
      problems.map(({ key }) => key),
    );
  }
  return loaded;
}

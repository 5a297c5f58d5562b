import type { OpenedRegistry } from './open-registry.ts';

/** Runs `work` on the registry of models, without the apps, and closes it afterwards. */
export async function withRegistry<Result>(
  work: (opened: OpenedRegistry) => Promise<Result>,
): Promise<Result> {
  // Help and usage errors need none of this.
  const { openRegistry } = await import('./open-registry.ts');
  const opened = await openRegistry();
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}

import type { Apps } from './open-apps.ts';

/** Runs `work` on the apps, without HTTP, on the same data as the server, and closes them afterwards. */
export async function withApps<Result>(work: (apps: Apps) => Promise<Result>): Promise<Result> {
  // Help, the version and usage errors need none of this.
  const { openApps } = await import('./open-apps.ts');
  const { apps, close } = await openApps();
  try {
    return await work(apps);
  } finally {
    await close();
  }
}

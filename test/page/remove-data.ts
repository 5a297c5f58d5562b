import { rm } from 'node:fs/promises';

/** Removes what `prepare-data.ts` has made. */
export default async function removeData(): Promise<void> {
  const folder = process.env.LOOKALIKE_PAGE_DATA;
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

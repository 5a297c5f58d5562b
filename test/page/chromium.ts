import { existsSync } from 'node:fs';

const USUAL = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The Chromium to test with: `CHROMIUM_PATH`, or where systems usually have it. */
export function findChromium(): string | undefined {
  return [process.env.CHROMIUM_PATH, ...USUAL].find((path) => path !== undefined && existsSync(path));
}

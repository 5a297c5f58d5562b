// Audits a page with Lighthouse and prints the result as JSON. It runs in a process of its own, because Lighthouse
// imports its parts in a way that Jest's module loader does not follow:
//
//     node test/page/audit-page.ts 'http://127.0.0.1:3000/?like=Image:6'
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import lighthouse, { desktopConfig } from 'lighthouse';
import { chromium } from 'playwright-core';
import { findChromium } from './chromium.ts';

const [address] = process.argv.slice(2);
const port = await freePort();
const browser = await chromium.launch({
  executablePath: findChromium()!,
  args: [`--remote-debugging-port=${port}`],
});
try {
  const result = await lighthouse(
    address,
    { port, output: 'json', logLevel: 'silent', onlyCategories: ['performance', 'accessibility'] },
    desktopConfig,
  );
  process.stdout.write(JSON.stringify(result!.lhr));
} finally {
  await browser.close();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return free;
}

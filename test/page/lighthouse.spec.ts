import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from '@jest/globals';
import type { Result } from 'lighthouse';
import { describeInBrowser } from './describe-in-browser.ts';

const FIRST_LOAD_BYTES = 250_000;
const CODE = ['Document', 'Script', 'Stylesheet', 'Font'];
const script = fileURLToPath(new URL('./audit-page.ts', import.meta.url));

interface NetworkRequest {
  readonly url: string;
  readonly resourceType: string;
  readonly transferSize: number;
}

describeInBrowser('the search view in Lighthouse', { samples: true }, (context) => {
  let report: Result;
  let requests: readonly NetworkRequest[];

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', script, `${context.stack.url}/?like=Image:6`],
      { env: { ...process.env, NODE_OPTIONS: '' }, maxBuffer: 100_000_000 },
    );
    report = JSON.parse(stdout) as Result;
    const { details } = report.audits['network-requests']!;
    requests = (details as unknown as { items: NetworkRequest[] }).items;
    // The score depends on the machine and on what else it does, so it is shown and not asserted.
    const shown = ['performance', 'accessibility'].map((category) => `${category} ${scoreOf(category)}`);
    process.stderr.write(`Lighthouse: ${shown.join(', ')}; first load ${bytesOf(codeOf(requests))} bytes\n`);
  });

  const scoreOf = (category: string) => Math.round(100 * (report.categories[category]?.score ?? 0));
  /** What the page is made of, without the data and pictures of the catalogue. */
  const codeOf = (all: readonly NetworkRequest[]) =>
    all.filter(({ resourceType }) => CODE.includes(resourceType));
  const bytesOf = (all: readonly NetworkRequest[]) =>
    all.reduce((sum, { transferSize }) => sum + transferSize, 0);

  it('is audited while it shows hits', () => {
    expect(report.runtimeError).toBeUndefined();
    expect(requests.filter(({ resourceType }) => resourceType === 'Image').length).toBeGreaterThan(5);
  });

  it('fails no accessibility audit', () => {
    const failed = report.categories
      .accessibility!.auditRefs.filter(({ id, weight }) => weight > 0 && report.audits[id]!.score === 0)
      .map(({ id }) => id);
    expect(failed).toEqual([]);
    expect(scoreOf('accessibility')).toBeGreaterThanOrEqual(95);
  });

  it('transfers at most 250 kB of code and fonts', () => {
    const code = codeOf(requests);
    expect(new Set(code.map(({ resourceType }) => resourceType))).toEqual(new Set(CODE));
    expect(bytesOf(code)).toBeLessThanOrEqual(FIRST_LOAD_BYTES);
  });

  it('asks no other host', () => {
    const addresses = requests
      .map(({ url }) => new URL(url))
      .filter(({ protocol }) => /^https?:/.test(protocol));
    expect(addresses.length).toBeGreaterThan(0);
    expect(addresses.filter(({ origin }) => origin !== context.stack.url)).toEqual([]);
  });

  it('shifts by no more than 0.1 while it loads', () => {
    expect(report.audits['cumulative-layout-shift']!.numericValue).toBeLessThanOrEqual(0.1);
  });
});

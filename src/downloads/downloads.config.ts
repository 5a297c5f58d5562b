import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { commaSeparated, configSlice, flag, setting, wholeNumber } from '../config/index.ts';

const MEBIBYTE = 1024 * 1024;

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const userAgent = (shownVersion: string) => `Lookalike/${shownVersion} (image similarity search)`;

export class DownloadsConfig extends configSlice(
  { title: 'Downloads' },
  {
    DOWNLOAD_CONCURRENCY: wholeNumber({
      min: 1,
      max: 1_024,
      fallback: 32,
      meaning: 'The maximum number of requests in flight, to all hosts together.',
    }),
    DOWNLOAD_CONCURRENCY_PER_HOST: wholeNumber({
      min: 1,
      max: 256,
      fallback: 4,
      meaning: 'The maximum number of requests in flight to one host.',
    }),
    DOWNLOAD_CONNECT_TIMEOUT_MS: wholeNumber({
      min: 1,
      max: 600_000,
      fallback: 5_000,
      unit: 'milliseconds',
      meaning: 'The time limit for name resolution, connection and TLS handshake together.',
    }),
    DOWNLOAD_TIMEOUT_MS: wholeNumber({
      min: 1,
      max: 3_600_000,
      fallback: 15_000,
      unit: 'milliseconds',
      meaning:
        'The time limit of one attempt, from the request to the last byte, redirects included. Time spent waiting for a turn does not count.',
    }),
    DOWNLOAD_MAX_BYTES: wholeNumber({
      min: 1,
      max: 1024 * MEBIBYTE,
      fallback: 20 * MEBIBYTE,
      unit: 'bytes',
      meaning: 'The maximum size of a downloaded picture after decompression.',
    }),
    DOWNLOAD_ATTEMPTS: wholeNumber({
      min: 1,
      max: 10,
      fallback: 3,
      meaning: 'The maximum number of attempts at one URL, including the first.',
    }),
    DOWNLOAD_HOST_FAILURES: wholeNumber({
      min: 0,
      max: 1_000_000,
      fallback: 20,
      meaning:
        'After this many URLs in a row without any answer, a host counts as down: its other URLs fail immediately, except for one request every ten seconds that checks whether it is back. `0` turns this off.',
    }),
    DOWNLOAD_PORTS: setting(
      commaSeparated().transform((items, context) => {
        const ports = (items.length === 0 ? ['80', '443'] : items).map((item) =>
          /^\d{1,5}$/.test(item) ? Number(item) : NaN,
        );
        if (ports.every((port) => port >= 1 && port <= 65_535)) return ports;
        context.addIssue({
          code: 'custom',
          message: 'expected port numbers separated by commas, such as 80,443',
        });
        return z.NEVER;
      }),
      { meaning: 'The only ports that are connected to.', values: 'port numbers, separated by commas' },
    ),
    DOWNLOAD_USER_AGENT: setting(
      z
        .string()
        .regex(/^[\x21-\x7e][\x20-\x7e]*$/, 'expected printable ASCII characters')
        .default(userAgent(version)),
      {
        meaning:
          'The `User-Agent` header. Its first word is the name that `X-Robots-Tag` headers may address.',
        values: 'printable ASCII characters',
        shownDefault: `\`${userAgent('<version>')}\``,
      },
    ),
    DOWNLOAD_RESPECT_NOAI: flag({
      fallback: true,
      meaning: 'Whether to skip files that are marked `X-Robots-Tag: noai` or `noimageai`.',
    }),
    DOWNLOAD_ALLOW_LOOPBACK: flag({
      fallback: false,
      meaning:
        'Whether URLs may point to this machine (`localhost`, `*.localhost`, 127.0.0.0/8, `::1`). For development and tests only.',
    }),
  },
) {}

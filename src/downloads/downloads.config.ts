import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { configSlice, flag, list, wholeNumber } from '../config/index.ts';

const MEGABYTE = 1024 * 1024;

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export class DownloadsConfig extends configSlice({
  /** Requests under way at once, whatever their hosts. */
  DOWNLOAD_CONCURRENCY: wholeNumber({ min: 1, max: 1_024, fallback: 32 }),
  /** Requests under way at one host. */
  DOWNLOAD_CONCURRENCY_PER_HOST: wholeNumber({ min: 1, max: 256, fallback: 4 }),
  /** For the name, the connection and TLS together, milliseconds. */
  DOWNLOAD_CONNECT_TIMEOUT_MS: wholeNumber({ min: 1, max: 600_000, fallback: 5_000 }),
  /** For one attempt with its redirects, to the last byte, milliseconds. Waiting for a turn is not counted. */
  DOWNLOAD_TIMEOUT_MS: wholeNumber({ min: 1, max: 3_600_000, fallback: 15_000 }),
  /** Bytes of one body after decompression. */
  DOWNLOAD_MAX_BYTES: wholeNumber({ min: 1, max: 1024 * MEGABYTE, fallback: 20 * MEGABYTE }),
  /** Attempts at one URL, the first included. */
  DOWNLOAD_ATTEMPTS: wholeNumber({ min: 1, max: 10, fallback: 3 }),
  /**
   * URLs of one host in a row without an answer (no name, no connection, nothing in time) after which
   * its others fail at once, but for one every ten seconds that finds out whether it is back. 0: never.
   */
  DOWNLOAD_HOST_FAILURES: wholeNumber({ min: 0, max: 1_000_000, fallback: 20 }),
  /** The only ports that are connected to, separated by commas. */
  DOWNLOAD_PORTS: list().transform((items, context) => {
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
  /** What servers see as the program that asks. Its first word is the name that `X-Robots-Tag` may address. */
  DOWNLOAD_USER_AGENT: z
    .string()
    .regex(/^[\x21-\x7e][\x20-\x7e]*$/, 'expected printable ASCII characters')
    .default(`Lookalike/${version} (image similarity search)`),
  /** Leave alone what is marked `X-Robots-Tag: noai` or `noimageai`. */
  DOWNLOAD_RESPECT_NOAI: flag(true),
  /** Lets URLs of this machine through (`localhost`, `*.localhost`, 127.0.0.1). For development and tests only. */
  DOWNLOAD_ALLOW_LOOPBACK: flag(false),
}) {}

import { z } from 'zod';
import { commaSeparated, configSlice, flag, oneOf, setting, text, wholeNumber } from '../config/index.ts';

/** The limit for a JSON body, and for a message over WebSocket. */
export const MAX_MESSAGE_BYTES = 256 * 1024;

/** From the fewest messages to the most. */
export const LOG_LEVELS = ['error', 'warn', 'log', 'debug'] as const;

export class ServerConfig extends configSlice(
  { title: 'Server' },
  {
    NODE_ENV: text({
      meaning:
        '`production` hides the schema: introspection is refused, and errors do not suggest names from it.',
      values: 'any text',
    }),
    HOST: setting(z.string().default('127.0.0.1'), {
      meaning:
        'The address to listen on. Anything but a loopback address is refused unless `LOOKALIKE_OPEN` is set.',
      values: 'an address or host name',
    }),
    PORT: wholeNumber({
      min: 0,
      max: 65_535,
      fallback: 3000,
      meaning: 'The port to listen on. `0` picks a free one.',
    }),
    LOG_LEVEL: oneOf(LOG_LEVELS, {
      fallback: 'log',
      meaning:
        'What `lookalike serve` logs: only errors, warnings as well, also what it does, or every step of its start.',
    }),
    LOOKALIKE_OPEN: flag({
      fallback: false,
      meaning:
        'Lets everybody who reaches the port read, add and delete pictures: lifts the restriction on `HOST` and the check of the host name in requests.',
    }),
    CORS_ORIGINS: setting(
      commaSeparated().refine(
        (origins) => origins.every(isOrigin),
        'expected origins such as https://shop.example, separated by commas, without a path',
      ),
      {
        meaning:
          'The origins of front ends that browsers may call this API from, such as `https://shop.example`.',
        values: 'origins, separated by commas',
      },
    ),
  },
) {}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

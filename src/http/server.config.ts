import { z } from 'zod';
import { configSlice, flag, list, wholeNumber } from '../config/index.ts';

/** Of a JSON body, and of a message over WebSocket. */
export const MAX_MESSAGE_BYTES = 256 * 1024;

export class ServerConfig extends configSlice({
  /** In `production` the API does not tell its schema. */
  NODE_ENV: z.string().optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber({ min: 0, max: 65_535, fallback: 3000 }),
  /** Listening beyond loopback lets everybody who reaches the port in; it takes this word to do so. */
  LOOKALIKE_OPEN: flag(false),
  /** Origins of front ends that browsers may call this API from, `https://shop.example`. */
  CORS_ORIGINS: list().refine(
    (origins) => origins.every(isOrigin),
    'expected origins such as https://shop.example, separated by commas, without a path',
  ),
}) {}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

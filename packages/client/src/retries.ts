import { LookalikeError } from './lookalike-error.ts';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
const TEMPORARY = [429, 502, 503, 504];

/** Whether the same request may succeed a little later. */
export function isTemporary(error: unknown): error is LookalikeError {
  if (!(error instanceof LookalikeError)) return false;
  return error.code === 'SERVICE_UNREACHABLE' || TEMPORARY.includes(error.status ?? 0);
}

/** How long to wait before the retry with this number, from 0: twice as long each time, and not all clients at once. */
export function waitBefore(retry: number, retryAfterMs = 0): number {
  const longest = Math.min(FIRST_WAIT_MS * 2 ** retry, LONGEST_WAIT_MS);
  return Math.max(longest * (0.5 + Math.random() / 2), Math.min(retryAfterMs, LONGEST_WAIT_MS));
}

/** Resolves after a while. Rejects with the signal's reason as soon as it is aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}

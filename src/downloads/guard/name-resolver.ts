import { Resolver } from 'node:dns/promises';
import { isSystemError } from '../../common/index.ts';
import { dnsFailed } from '../downloads.errors.ts';
import { isLocalhost } from './url-guard.ts';

/** Resolves with all addresses of a name, in no particular order. Rejects if it has none. */
export type ResolveName = (hostname: string) => Promise<readonly string[]>;

/**
 * Queries the system's name servers directly. `getaddrinfo` would occupy a thread of the small pool that also
 * reads files for as long as a slow name server takes, and would look up names of the local network that are
 * refused anyway.
 */
export function systemResolver(timeoutMs: number): ResolveName {
  const resolver = new Resolver({ timeout: Math.min(timeoutMs, 2_000), tries: 2 });
  return async (hostname) => {
    if (isLocalhost(hostname)) return ['127.0.0.1'];
    const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses;
    const [failed] = answers;
    throw nameFailure(failed.status === 'rejected' ? failed.reason : undefined);
  };
}

/** The error for a name that cannot be resolved. That it does not exist is final; anything else may pass. */
export function nameFailure(error: unknown) {
  if (isSystemError(error, 'ENOTFOUND', 'ENODATA', 'EBADNAME', 'EBADQUERY'))
    return dnsFailed('no such name', false);
  return dnsFailed('the name server gave no answer', true);
}

import { Resolver } from 'node:dns/promises';
import { isSystemError } from '../../common/index.ts';
import { dnsFailed } from '../downloads.errors.ts';
import { isLocalhost } from './url-guard.ts';

/** All addresses of a name, in no order. Rejects where it has none. */
export type ResolveName = (hostname: string) => Promise<readonly string[]>;

/**
 * Asks the name servers of the system, and not `getaddrinfo`: that would keep a thread of the small
 * pool that also reads files, for as long as a slow name server likes, and ask for names of the
 * local network that would be refused afterwards.
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

/** What a failure to resolve a name means: that there is none is final, all else may pass. */
export function nameFailure(error: unknown) {
  if (isSystemError(error, 'ENOTFOUND', 'ENODATA', 'EBADNAME', 'EBADQUERY'))
    return dnsFailed('no such name', false);
  return dnsFailed('the name server gave no answer', true);
}

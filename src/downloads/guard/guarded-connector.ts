import { isIP } from 'node:net';
import { AppError } from '../../common/index.ts';
import type { buildConnector } from 'undici';
import { AttemptFailure } from '../exchange/attempt-failure.ts';
import { connectTimedOut, dnsFailed, urlBlocked } from '../downloads.errors.ts';
import { nameFailure, type ResolveName } from './name-resolver.ts';
import { bareHost, isAllowedAddress } from './url-guard.ts';

/** How many addresses of a name are tried, one after the other. */
const MAX_TRIED = 3;

/**
 * Makes a connector that connects only to addresses it has checked.
 *
 * It resolves a name once per connection, checks all of its addresses, and connects to one of exactly these, as
 * a literal, so that nothing resolves the name a second time in between. TLS still verifies the certificate
 * against the name. Fails with `URL_BLOCKED` if any address is not public.
 */
export function guardedConnector(options: {
  readonly resolve: ResolveName;
  /** Opens a connection to a literal address: undici's own connector. */
  readonly open: buildConnector.connector;
  readonly allowLoopback: boolean;
  /** The time limit for resolution and connection together. */
  readonly timeoutMs: number;
}): buildConnector.connector {
  const { allowLoopback, timeoutMs } = options;

  async function addressesOf(hostname: string): Promise<readonly string[]> {
    const addresses = isIP(hostname) === 0 ? await resolved(hostname) : [hostname];
    if (addresses.length === 0) throw dnsFailed('no addresses', false);
    if (!addresses.every((address) => isAllowedAddress(address, allowLoopback))) throw urlBlocked(hostname);
    // IPv4 first: without a route for IPv6, connecting to such an address may fail only by timeout.
    return addresses.toSorted((one, other) => isIP(one) - isIP(other)).slice(0, MAX_TRIED);
  }

  async function resolved(hostname: string): Promise<readonly string[]> {
    try {
      return await options.resolve(hostname);
    } catch (error) {
      throw error instanceof AttemptFailure || error instanceof AppError ? error : nameFailure(error);
    }
  }

  return (target, callback) => {
    let over = false;
    const settle = (...result: Parameters<buildConnector.Callback>) => {
      if (over) {
        // Nobody is waiting for it any more.
        result[1]?.destroy();
        return;
      }
      over = true;
      clearTimeout(timer);
      callback(...result);
    };
    const timer = setTimeout(() => settle(connectTimedOut(timeoutMs), null), timeoutMs);

    const name = bareHost(target.hostname);
    const openOne = (addresses: readonly string[], at: number) => {
      const address = addresses[at];
      if (address === undefined || over) return;
      options.open(
        {
          ...target,
          hostname: address,
          servername: target.servername ?? (isIP(name) === 0 ? name : undefined),
        },
        (...result) => {
          if (result[0] !== null && at + 1 < addresses.length && !over) openOne(addresses, at + 1);
          else settle(...result);
        },
      );
    };
    addressesOf(name).then(
      (addresses) => openOne(addresses, 0),
      (error: Error) => settle(error, null),
    );
  };
}

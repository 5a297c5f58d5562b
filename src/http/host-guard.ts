import { isIP } from 'node:net';
import type { NextFunction, Request, Response } from 'express';
import { foreignHost, hostRefused } from './http.errors.ts';
import { sendError } from './send-error.ts';
import type { ServerConfig } from './server.config.ts';

/** Throws `HOST_REFUSED` where the service would be open to a network and nobody said that it may. */
export function assertHostAllowed(config: ServerConfig): void {
  if (isLoopback(config.HOST) || config.LOOKALIKE_OPEN) return;
  throw hostRefused(config.HOST);
}

/**
 * Refuses requests under a foreign host name while listening on loopback only. A web page whose
 * name resolves to 127.0.0.1 (DNS rebinding) would otherwise be of the same origin as this API.
 */
export function hostGuard(config: ServerConfig) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (isHostAllowed(request.headers.host, config)) next();
    else sendError(request, response, foreignHost());
  };
}

/** Whether a WebSocket may be opened from this origin: browsers do not ask CORS for those. */
export function isOriginAllowed(
  origin: string | undefined,
  host: string | undefined,
  config: ServerConfig,
): boolean {
  if (origin === undefined) return true;
  if (config.CORS_ORIGINS.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host && isHostAllowed(host, config);
}

/** Whether the name a request was sent to can be one of ours. */
export function isHostAllowed(host: string | undefined, config: ServerConfig): boolean {
  return !isLoopback(config.HOST) || config.LOOKALIKE_OPEN || isLoopback(hostName(host ?? ''));
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

function hostName(host: string): string {
  return URL.parse(`http://${host}`)?.hostname ?? '';
}

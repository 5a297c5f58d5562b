import { isIP } from 'node:net';
import type { NextFunction, Request, Response } from 'express';
import { AppError } from '../common/index.ts';
import { sendError } from './send-error.ts';
import type { ServerConfig } from './server.config.ts';

/** Throws `HOST_REFUSED` where the service would be open to a network and nobody said that it may. */
export function assertHostAllowed(config: ServerConfig): void {
  if (isLoopback(config.HOST) || config.LOOKALIKE_OPEN) return;
  throw new AppError(
    'HOST_REFUSED',
    `HOST=${config.HOST} would let everybody who reaches the port read, add and delete pictures. ` +
      'Listen on 127.0.0.1 behind a proxy that asks who they are, or set LOOKALIKE_OPEN=true if that is what you want.',
    { host: config.HOST },
  );
}

/**
 * Refuses requests under a foreign host name while listening on loopback only. A web page whose
 * name resolves to 127.0.0.1 (DNS rebinding) would otherwise be of the same origin as this API.
 */
export function hostGuard(config: ServerConfig) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (isHostAllowed(request.headers.host, config)) next();
    else sendError(response, foreignHost());
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

export function foreignHost(): AppError {
  return new AppError(
    'HOST_NAME_REFUSED',
    'This service answers on localhost only. Call it by that name, or see LOOKALIKE_OPEN in the README.',
  );
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

function hostName(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
}

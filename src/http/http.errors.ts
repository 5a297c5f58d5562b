import { errorsOf } from '../common/index.ts';

const defineError = errorsOf('Connections and the server');

export const hostRefused = defineError({
  code: 'HOST_REFUSED',
  status: null,
  meaning: '`HOST` would make the service reachable from a network, and nothing says that it may be.',
  remedy: 'Listen on 127.0.0.1 behind a proxy that authenticates users, or set `LOOKALIKE_OPEN=true`.',
  message: (host: string) =>
    `HOST=${host} would let everybody who reaches the port read, add and delete pictures. ` +
    'Listen on 127.0.0.1 behind a proxy that authenticates users, or set LOOKALIKE_OPEN=true if that is what you want.',
  details: (host) => ({ host }),
});

export const foreignHost = defineError({
  code: 'HOST_NAME_REFUSED',
  status: 403,
  meaning:
    'The request was sent to a host name other than localhost while the service listens on loopback only.',
  remedy: 'Call the service as localhost, or set `LOOKALIKE_OPEN` as docs/configuration.md explains.',
  message:
    'This service answers on localhost only. Call it by that name, or set LOOKALIKE_OPEN as docs/configuration.md explains.',
});

export const originRefused = defineError({
  code: 'ORIGIN_REFUSED',
  status: 403,
  meaning: 'A web page of an origin that is not in `CORS_ORIGINS` tried to open a WebSocket.',
  remedy: 'Add the origin to `CORS_ORIGINS`.',
  message: 'This origin may not open WebSockets here. Add it to CORS_ORIGINS on the server.',
});

export const upgradeRefused = defineError({
  code: 'UPGRADE_NOT_FOUND',
  status: 404,
  meaning:
    'A WebSocket was asked for at a path that has none, or another protocol was (on Node before 22.21).',
  remedy: 'Open WebSockets at `/graphql`. For plain HTTP, leave out the header `Upgrade`.',
  message:
    'The only protocol to upgrade to here is WebSocket, at /graphql. For plain HTTP, leave out the Upgrade header.',
});

export const csrfBlocked = defineError({
  code: 'CSRF_BLOCKED',
  status: 400,
  meaning:
    'A web page of another site could have sent the request without asking: it is an upload, a form, plain text or has no content type, and no header that such pages cannot send.',
  remedy:
    'Send JSON with `Content-Type: application/json`. With uploads and GET requests, send the header `Apollo-Require-Preflight: true`.',
  message:
    'A web page of another site could send this request, too. Send JSON with "Content-Type: application/json" or, with uploads and GET requests, add the header "Apollo-Require-Preflight: true".',
});

export const portInUse = defineError({
  code: 'PORT_IN_USE',
  status: null,
  meaning: 'Another program listens on `PORT`.',
  remedy: 'Stop that program, or set `PORT` to another number.',
  message: (port: number, host: string) =>
    `Port ${port} of ${host} is taken. Stop the program that listens there, or set PORT to another number.`,
  details: (port) => ({ port }),
});

export const hostUnavailable = defineError({
  code: 'HOST_UNAVAILABLE',
  status: null,
  meaning: 'The service cannot listen on `HOST` and `PORT`.',
  remedy: 'Set `HOST` to an address of this machine, and `PORT` to one that this user may open.',
  message: (host: string, port: number, reason: string) =>
    `The service cannot listen on ${host}:${port} (${reason}). Set HOST to an address of this machine, and PORT to one that this user may open.`,
});

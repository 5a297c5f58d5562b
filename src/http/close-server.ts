import type { Server } from 'node:http';
import type { GraphqlSockets } from './sockets/graphql-sockets.ts';

/** How often connections that have become idle are looked for. */
const LOOK_MS = 50;

/**
 * Accepts no further connections, says goodbye on WebSockets, and waits for the requests under way. What is
 * still open after `graceMs` is cut off. Resolves once all connections are closed.
 */
export async function closeServer(server: Server, sockets: GraphqlSockets, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  sockets.close();
  // A connection that is kept alive becomes idle only when its request has been answered.
  const idle = setInterval(() => server.closeIdleConnections(), LOOK_MS);
  const cut = setTimeout(() => {
    server.closeAllConnections();
    sockets.terminate();
  }, graceMs);
  try {
    await closed;
  } finally {
    clearInterval(idle);
    clearTimeout(cut);
  }
}

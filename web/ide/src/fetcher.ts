import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';
import type { FileSlots } from './file-slots.ts';
import { uploadFetch } from './upload-fetch.ts';

/** Sends operations to the service that has served this editor: subscriptions over WebSocket, all others over HTTP. */
export function createFetcher(slots: FileSlots): Fetcher {
  const socket = new URL('/graphql', location.href);
  socket.protocol = socket.protocol.replace('http', 'ws');
  return createGraphiQLFetcher({
    url: '/graphql',
    // Without it, the service refuses uploads, as it would those of a form on another site.
    headers: { 'Apollo-Require-Preflight': 'true' },
    enableIncrementalDelivery: false,
    fetch: uploadFetch(slots),
    wsClient: createClient({ url: socket.href, retryAttempts: 0 }),
  });
}

import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';

/** Subscriptions, over one WebSocket that opens with the first of them. */
export const sockets = new GraphQLWsLink(
  createClient({
    url: () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    lazy: true,
    // A job that is being watched outlives a restart of the service.
    retryAttempts: Infinity,
    shouldRetry: () => true,
  }),
);

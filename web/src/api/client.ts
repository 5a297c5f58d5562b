import { ApolloClient, ApolloLink } from '@apollo/client';
import { ErrorLink } from '@apollo/client/link/error';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { cache } from './cache.ts';
import { isUnreachable } from './coded-error.ts';
import { connection } from './connection.ts';

const http = new UploadHttpLink({ uri: '/graphql', headers: { 'Apollo-Require-Preflight': 'true' } });

const sockets = createClient({
  url: () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
  lazy: true,
  // A job that is being watched outlives a restart of the service.
  retryAttempts: Infinity,
  shouldRetry: () => true,
});

const watchConnection = new ErrorLink(({ error }) => {
  if (isUnreachable(error)) connection.lost();
});

export const client = new ApolloClient({
  cache,
  link: watchConnection.concat(
    ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(sockets),
      http,
    ),
  ),
  defaultOptions: {
    // What is known is shown at once, and brought up to date behind it.
    watchQuery: { fetchPolicy: 'cache-and-network', nextFetchPolicy: 'cache-first' },
  },
});

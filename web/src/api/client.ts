import { ApolloClient, ApolloLink, Observable } from '@apollo/client';
import { ErrorLink } from '@apollo/client/link/error';
import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs';
import { OperationTypeNode } from 'graphql';
import { cache } from './cache.ts';
import { isUnreachable } from './coded-error.ts';
import { connection } from './connection.ts';

const http = new UploadHttpLink({ uri: '/graphql', headers: { 'Apollo-Require-Preflight': 'true' } });

/** Most visits need no subscription, so what it takes is loaded with the first one. */
const subscriptions = new ApolloLink(
  (operation) =>
    new Observable((observer) => {
      let closed = false;
      let subscription: { unsubscribe(): void } | undefined;
      import('./sockets.ts').then(
        ({ sockets }) => {
          if (!closed) subscription = sockets.request(operation).subscribe(observer);
        },
        (error: unknown) => observer.error(error),
      );
      return () => {
        closed = true;
        subscription?.unsubscribe();
      };
    }),
);

const watchConnection = new ErrorLink(({ error }) => {
  if (isUnreachable(error)) connection.lost();
});

export const client = new ApolloClient({
  cache,
  link: watchConnection.concat(
    ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      subscriptions,
      http,
    ),
  ),
  defaultOptions: {
    // What is known is shown at once, and brought up to date behind it.
    watchQuery: { fetchPolicy: 'cache-and-network', nextFetchPolicy: 'cache-first' },
  },
});

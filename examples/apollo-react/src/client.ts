import { ApolloClient, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs';

export const client = new ApolloClient({
  // The header is required with uploads.
  link: new UploadHttpLink({ uri: '/graphql', headers: { 'Apollo-Require-Preflight': 'true' } }),
  cache: new InMemoryCache({
    possibleTypes: { Node: ['Dataset', 'Image', 'Job', 'QueryPicture'] },
    // Pages of hits are joined. The keys are all arguments that make a search a different one.
    typePolicies: { Query: { fields: { similarImages: relayStylePagination(['by']) } } },
  }),
});

import { InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';

/**
 * Objects with an `id` are kept once. Lists that are read page by page grow in the cache: call `fetchMore` with the
 * `endCursor`, and `refetch` to begin again. Hits of searches are not kept here, but in `search/results/hit-list.ts`.
 */
export const cache = new InMemoryCache({
  possibleTypes: {
    Node: ['Dataset', 'Image', 'Job', 'QueryPicture'],
    DeleteImageResult: ['DeletedImage', 'ImageRejection'],
    EditImageResult: ['EditedImage', 'ImageRejection'],
    SimilarImagesResult: ['SearchRejection', 'SimilarImages'],
  },
  typePolicies: {
    Query: {
      fields: {
        images: relayStylePagination(['dataset', 'filter']),
        duplicates: relayStylePagination(['dataset', 'exact', 'filter', 'maxDistance']),
        downloads: relayStylePagination(['dataset', 'reasons', 'state']),
        jobs: relayStylePagination(['state']),
        sources: relayStylePagination(['dataset']),
        suspectLabels: relayStylePagination(['dataset']),
      },
    },
    Job: { fields: { failures: relayStylePagination() } },
    Label: { keyFields: false },
    Source: { keyFields: ['name'] },
  },
});

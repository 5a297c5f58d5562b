import { useQuery } from '@apollo/client/react';
import { useCallback, useEffect, useRef } from 'react';
import {
  BrowseImagesDocument,
  type ImageFieldsFragment,
  type ImageFilterInput,
} from '../../api/generated/graphql.ts';
import { onImagesChanged } from '../jobs/watch-jobs.ts';

const PAGE = 100;

export type BrowsedImage = ImageFieldsFragment;

/** The images of a dataset that a filter selects, page by page. */
export function useBrowsedImages(dataset: string, filter: ImageFilterInput | null) {
  const { data, previousData, error, refetch, fetchMore } = useQuery(BrowseImagesDocument, {
    variables: { dataset, filter },
  });
  const shown = data ?? previousData;
  const images = shown?.images.edges.map(({ node }) => node);
  const pageInfo = data?.images.pageInfo;
  const isFetching = useRef(false);

  const more = useCallback(() => {
    if (isFetching.current || !pageInfo?.hasNextPage) return;
    isFetching.current = true;
    fetchMore({ variables: { after: pageInfo.endCursor } })
      // What could not be loaded is asked for again when the end comes near once more.
      .catch(() => undefined)
      .finally(() => (isFetching.current = false));
  }, [fetchMore, pageInfo]);

  // A list of several pages would jump back to its beginning: it stays as it is.
  const isShort = (images?.length ?? 0) <= PAGE;
  useEffect(() => {
    if (!isShort) return;
    return onImagesChanged(() => void refetch().catch(() => undefined));
  }, [isShort, refetch]);

  return {
    images,
    total: shown?.images.totalCount,
    isOld: data === undefined && previousData !== undefined,
    error,
    refetch,
    more: pageInfo?.hasNextPage ? more : undefined,
  };
}

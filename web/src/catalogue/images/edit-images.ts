import { client } from '../../api/client.ts';
import {
  DeleteImagesDocument,
  UpdateImagesDocument,
  ImageIdsDocument,
  type ImageFilterInput,
  type ImageIdsQuery,
  type ImageIdsQueryVariables,
  type UpdateImageInput,
} from '../../api/generated/graphql.ts';
import { refresh } from '../jobs/watch-jobs.ts';
import { forgetImages } from './forget-images.ts';

/** Images of one request, well below what an answer may hold. */
const BATCH = 100;

/** How many images are as requested, and why the first of the others is not. */
export interface Edited {
  readonly edited: number;
  readonly rejected: number;
  readonly reason?: string;
}

type Results = readonly ({ message?: string } | object)[];

/** Changes labels and attributes of any number of images. */
export async function updateImages(edits: readonly UpdateImageInput[]): Promise<Edited> {
  const tally = new Tally();
  try {
    for (const images of batches(edits)) {
      const { data } = await client.mutate({ mutation: UpdateImagesDocument, variables: { images } });
      tally.add(data!.updateImages.results);
    }
  } finally {
    refresh(['Dataset', 'DatasetLabels', 'DatasetOverview']);
  }
  return tally;
}

/** Deletes any number of images, and takes them off the screen. */
export async function deleteImages(ids: readonly string[]): Promise<Edited> {
  const tally = new Tally();
  try {
    for (const batch of batches(ids)) {
      const { data } = await client.mutate({
        mutation: DeleteImagesDocument,
        variables: { images: batch.map((id) => ({ id })) },
      });
      const { results } = data!.deleteImages;
      tally.add(results);
      forgetImages(results.flatMap((result) => ('id' in result ? [result.id] : [])));
    }
  } finally {
    refresh(['Dataset', 'DatasetLabels', 'DatasetOverview', 'DatasetCover']);
  }
  return tally;
}

/** The ids of all images that a filter selects. */
export async function idsOf(dataset: string, filter: ImageFilterInput | null): Promise<string[]> {
  const ids: string[] = [];
  let after: string | null = null;
  for (;;) {
    const variables: ImageIdsQueryVariables = { dataset, filter, after };
    const { data } = await client.query({ query: ImageIdsDocument, variables, fetchPolicy: 'no-cache' });
    const { edges, pageInfo }: ImageIdsQuery['images'] = data!.images;
    ids.push(...edges.map(({ node }) => node.id));
    if (!pageInfo.hasNextPage) return ids;
    after = pageInfo.endCursor;
  }
}

class Tally implements Edited {
  edited = 0;
  rejected = 0;
  reason?: string;

  add(results: Results): void {
    for (const result of results) {
      if ('message' in result) {
        this.rejected++;
        this.reason ??= result.message;
      } else this.edited++;
    }
  }
}

function batches<Item>(items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / BATCH) }, (_, n) =>
    items.slice(n * BATCH, (n + 1) * BATCH),
  );
}

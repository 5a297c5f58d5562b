import type { Reference } from '@apollo/client';
import { client } from '../../api/client.ts';

interface StoredConnection {
  edges?: { node: Reference }[];
  totalCount?: number;
}

/** Takes deleted images out of every list that is on the screen, without loading it again. */
export function forgetImages(ids: readonly string[]): void {
  const { cache } = client;
  const refs = new Set(ids.map((id) => cache.identify({ __typename: 'Image', id })));
  cache.modify({
    fields: {
      images: (stored: unknown) => {
        const existing = stored as StoredConnection;
        const gone = existing.edges?.filter(({ node }) => refs.has(node.__ref)).length ?? 0;
        if (gone === 0) return existing;
        return {
          ...existing,
          edges: existing.edges!.filter(({ node }) => !refs.has(node.__ref)),
          totalCount: Math.max(0, (existing.totalCount ?? gone) - gone),
        };
      },
    },
  });
  for (const ref of refs) cache.evict({ id: ref! });
  cache.gc();
}

import { gql, type TypedDocumentNode } from '@apollo/client';

export interface QueryPicture {
  readonly id: string;
  readonly thumbnailUrl: string;
}

export interface Hit {
  readonly score: number;
  readonly image: { readonly id: string; readonly fileName: string; readonly thumbnailUrl: string };
}

interface Hits {
  readonly similarImages: {
    readonly edges: readonly { readonly node: Hit }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

/** A picture is uploaded once and then searched with by its id, so that the cache can tell searches apart. */
export const ADD_QUERY_PICTURE: TypedDocumentNode<{ addQueryPicture: QueryPicture }, { file: File }> = gql`
  mutation AddQueryPicture($file: Upload!) {
    addQueryPicture(input: { upload: $file }) {
      id
      thumbnailUrl
    }
  }
`;

export const SEARCH: TypedDocumentNode<Hits, { id: string; after?: string }> = gql`
  query Search($id: ID!, $after: String) {
    similarImages(by: { queryPictureId: $id }, first: 12, after: $after) {
      edges {
        node {
          score
          image {
            id
            fileName
            thumbnailUrl
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

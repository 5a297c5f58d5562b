// Searches with a picture: node search.js PICTURE [URL]
import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { Client, fetchExchange, gql } from '@urql/core';

const [, , path, url = 'http://127.0.0.1:3000/graphql'] = process.argv;

const client = new Client({
  url,
  preferGetMethod: false,
  // The header is required with uploads.
  fetchOptions: { headers: { 'Apollo-Require-Preflight': 'true' } },
  exchanges: [fetchExchange],
});

const ADD_QUERY_PICTURE = gql`
  mutation ($file: Upload!) {
    addQueryPicture(input: { upload: $file }) {
      id
    }
  }
`;
const SEARCH = gql`
  query ($id: ID!) {
    similarImages(by: { queryPictureId: $id }, first: 5) {
      nodes {
        score
        image {
          fileName
        }
      }
    }
  }
`;

async function dataOf(result) {
  const { data, error } = await result;
  if (error) throw error;
  return data;
}

const file = new File([await openAsBlob(path)], basename(path));
const { addQueryPicture } = await dataOf(client.mutation(ADD_QUERY_PICTURE, { file }));
const { similarImages } = await dataOf(client.query(SEARCH, { id: addQueryPicture.id }));
for (const { score, image } of similarImages.nodes) console.log(score.toFixed(4), image.fileName);

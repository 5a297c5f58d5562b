// Searches with a picture, without any library: node search.js PICTURE [URL]
import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';

const [, , path, url = 'http://127.0.0.1:3000/graphql'] = process.argv;

const query = `
  query ($file: Upload!) {
    similarImages(by: { upload: $file }, first: 5) {
      nodes { score image { fileName } }
    }
  }
`;

// The GraphQL multipart request specification: the operation, where each file belongs in it, and the files.
const form = new FormData();
form.append('operations', JSON.stringify({ query, variables: { file: null } }));
form.append('map', JSON.stringify({ 0: ['variables.file'] }));
form.append('0', await openAsBlob(path), basename(path));

// The header is required with uploads.
const response = await fetch(url, {
  method: 'POST',
  headers: { 'Apollo-Require-Preflight': 'true' },
  body: form,
});
const { data, errors } = await response.json();
if (errors) throw new Error(`${errors[0].extensions.code}: ${errors[0].message}`);
for (const { score, image } of data.similarImages.nodes) console.log(score.toFixed(4), image.fileName);

import type { Stack } from './stack.ts';

export interface NewPicture {
  readonly name: string;
  readonly bytes: Buffer;
  readonly labels?: readonly string[];
}

/** Adds pictures to a dataset, which is created if it does not exist. Returns their ids by name. */
export async function putPictures(
  stack: Stack,
  dataset: string,
  pictures: readonly NewPicture[],
): Promise<Map<string, string>> {
  await stack.query('mutation ($name: String!) { createDataset(name: $name) { id } }', { name: dataset });
  const ids = new Map<string, string>();
  for (let from = 0; from < pictures.length; from += 10) {
    const some = pictures.slice(from, from + 10);
    const body = new FormData();
    const images = some.map(({ name, labels = [] }) => ({ externalId: name, upload: null, labels }));
    const query = `mutation ($dataset: ID!, $images: [PutImageInput!]!) {
      putImages(dataset: $dataset, images: $images) {
        results { ... on EditedImage { image { id externalId } } ... on ImageRejection { message } }
      }
    }`;
    body.append('operations', JSON.stringify({ query, variables: { dataset, images } }));
    body.append(
      'map',
      JSON.stringify(Object.fromEntries(some.map((_each, at) => [at, [`variables.images.${at}.upload`]]))),
    );
    some.forEach(({ name, bytes }, at) => body.append(String(at), new Blob([new Uint8Array(bytes)]), name));
    const response = await fetch(`${stack.url}/graphql`, {
      method: 'POST',
      body,
      headers: { 'Apollo-Require-Preflight': 'true' },
    });
    const { data } = (await response.json()) as {
      data: { putImages: { results: { message?: string; image: { id: string; externalId: string } }[] } };
    };
    for (const { image, message } of data.putImages.results) {
      if (message !== undefined) throw new Error(message);
      ids.set(image.externalId, image.id);
    }
  }
  return ids;
}

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Service } from '../e2e/service.ts';
import { samplePath } from '../clients/stamps.ts';

/** The folder of the examples. */
export const examples = fileURLToPath(new URL('../../examples', import.meta.url));
/** A picture to search with that is not in the catalogue. */
export const QUERY = samplePath('queries/mammal-cow_white.jpg');

/** What a program of the examples prints when it searches with `QUERY`. */
export async function printedBy(program: string, args: readonly string[], service: Service): Promise<string> {
  const { stdout } = await promisify(execFile)(program, [...args, QUERY, `${service.url}/graphql`]);
  return stdout;
}

/** The lines that it ought to print. */
export async function expectedLines(service: Service): Promise<string> {
  const { addQueryPicture } = await service.query<{ addQueryPicture: { id: string } }>(
    'mutation ($file: Upload!) { addQueryPicture(input: { upload: $file }) { id } }',
    { file: null },
    { 'variables.file': { name: 'cow.jpg', bytes: await readFile(QUERY) } },
  );
  const { similarImages } = await service.query<{
    similarImages: { nodes: { score: number; image: { fileName: string } }[] };
  }>(
    `query ($id: ID!) {
      similarImages(by: { queryPictureId: $id }, first: 5) { nodes { score image { fileName } } }
    }`,
    { id: addQueryPicture.id },
  );
  return similarImages.nodes.map(({ score, image }) => `${score.toFixed(4)} ${image.fileName}\n`).join('');
}

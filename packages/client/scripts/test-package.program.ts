/** Uses the package as it was installed: program.ts URL PICTURE, where the picture is one of the samples. */
import { DatasetNotIndexedError, fromPath, LookalikeClient, type Hit } from '@lookalike/client';

declare const process: { readonly argv: readonly string[] };

const [, , url = '', picture = ''] = process.argv;
const client = new LookalikeClient({ url });

const imported = await client.importDataset({
  dataset: 'stamps',
  annotationsPath: 'stamps/annotations.json',
});
for await (const { state, done, total } of client.watchJob(imported)) console.log(state, done, total);

const { id } = await client.addQueryPicture(fromPath(picture));
const search = () => client.search({ by: { queryPictureId: id }, datasets: ['stamps'], first: 3 });
const early = await search().catch((error: unknown) => error);
if (!(early instanceof DatasetNotIndexedError)) throw new Error('A search before the build must fail.');

await client.finished(await client.buildIndex({ dataset: 'stamps' }));
const nodes: readonly Hit[] = (await search()).nodes;
console.log(nodes.map(({ score, image }) => [score.toFixed(3), image.fileName].join(' ')).join(', '));
if (!(nodes[0] !== undefined && nodes[0].score > 0.999)) throw new Error('The picture must find itself.');

// @ts-expect-error A search has one thing to search by.
await client.search({ by: { queryPictureId: id, url: 'https://example.com' } }).catch(() => undefined);

import { externalIdNotFound, type Dataset, type Image } from '../../../datasets/index.ts';
import type { Apps } from '../../open-apps.ts';
import { readPicture } from '../../read-picture.ts';

/** The pictures to search with, as the command line names them. */
export interface NamedPictures {
  /** Files, URLs, and `-` for standard input. */
  readonly pictures: readonly string[];
  /** External ids of images of the dataset. */
  readonly externalIds: readonly string[];
  /** Ids of images of any dataset. */
  readonly ids: readonly string[];
  /** Words. */
  readonly texts: readonly string[];
}

/** One picture to search with. */
export interface Query {
  /** As the user named it. */
  readonly name: string;
  /** Looks it up or reads it. Rejects with the reason why it cannot be used. */
  readonly open: () => Promise<OpenedQuery>;
}

export interface OpenedQuery {
  readonly by: { readonly bytes: Buffer } | { readonly imageId: number } | { readonly text: string };
  /** The bytes of the picture; undefined for words. */
  readonly read?: () => Promise<Buffer>;
}

/** The queries in the order of the command line: pictures first, then external ids, ids and words. */
export function queriesOf(
  apps: Apps,
  dataset: Dataset,
  { pictures, externalIds, ids, texts }: NamedPictures,
): Query[] {
  const inCatalogue = (name: string, find: () => Promise<Image>) => ({
    name,
    open: async () => {
      const { id, sha256 } = await find();
      return { by: { imageId: id }, read: () => apps.images.readBytes(sha256) };
    },
  });
  return [
    ...pictures.map((name) => ({
      name,
      open: async () => {
        const bytes = await readPicture(name, apps);
        return { by: { bytes }, read: () => Promise.resolve(bytes) };
      },
    })),
    ...externalIds.map((externalId) =>
      inCatalogue(externalId, async () => {
        const image = await apps.images.findByExternalId(dataset.id, externalId);
        if (image === undefined) throw externalIdNotFound(dataset.name, externalId);
        return image;
      }),
    ),
    ...ids.map((id) => inCatalogue(id, () => apps.images.resolve({ id }))),
    ...texts.map((text) => ({ name: text, open: () => Promise.resolve({ by: { text } }) })),
  ];
}

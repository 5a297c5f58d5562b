import { DatasetNotFoundError } from './error-classes.ts';
import { SearchClient } from './search-client.ts';
import {
  CreateDatasetDocument,
  DatasetDocument,
  DatasetsDocument,
  DecideDuplicatesDocument,
  DecidedDuplicatesDocument,
  DeleteImagesDocument,
  DuplicatesDocument,
  ImageDocument,
  ImagesDocument,
  LabelsDocument,
  PutImagesDocument,
  UndecideDuplicatesDocument,
  UpdateImagesDocument,
  type DuplicateDecision,
  type DuplicatesQueryVariables,
  type ImageRef,
  type PutImageInput,
  type UpdateImageInput,
} from './generated/graphql.ts';
import type { RequestOptions } from './http-connection.ts';
import { Pages, type CountedPages } from './pages.ts';
import type * as t from './types.ts';

/** Reads and changes datasets and their images. */
export class CatalogueClient extends SearchClient {
  /** One image with all of its attributes; null if there is none. */
  async image(ref: ImageRef, options?: RequestOptions): Promise<t.ImageWithAttributes | null> {
    return (await this.request(ImageDocument, ref, options)).image;
  }

  /** The images of a dataset, given by its id or name, in the order in which they were added. */
  images(
    dataset: string,
    { attributes, ...images }: t.ImagesOptions = {},
    options?: RequestOptions,
  ): CountedPages<t.ImageWithAttributes> {
    return new Pages(async (after = images.after ?? undefined) => {
      const variables = { first: 100, ...images, dataset, attributes, after };
      return (await this.request(ImagesDocument, variables, options)).images;
    });
  }

  /**
   * Creates images, or replaces those with the same external ids. One result for each, in order; repeating it changes
   * nothing. A request may contain 10 files, unless the service is configured otherwise.
   *
   * @example
   *     const [result] = await client.putImages('shoes', [
   *       { externalId: 'sku-1', upload: file, labels: ['boots'], attributes: [{ name: 'price', value: 79.9 }] },
   *     ]);
   */
  async putImages(
    dataset: string,
    images: readonly PutImageInput[],
    options?: RequestOptions,
  ): Promise<readonly t.EditResult[]> {
    return (await this.request(PutImagesDocument, { dataset, images }, options)).putImages.results;
  }

  /**
   * Changes labels and attributes, and not the pictures. One result for each image, in order.
   *
   * @example
   *     await client.updateImages([{ image: { dataset: 'shoes', externalId: 'sku-1' }, addLabels: ['sale'] }]);
   */
  async updateImages(
    images: readonly UpdateImageInput[],
    options?: RequestOptions,
  ): Promise<readonly t.EditResult[]> {
    return (await this.request(UpdateImagesDocument, { images }, options)).updateImages.results;
  }

  /** Deletes images. One result for each, in order. */
  async deleteImages(
    images: readonly ImageRef[],
    options?: RequestOptions,
  ): Promise<readonly t.DeleteResult[]> {
    return (await this.request(DeleteImagesDocument, { images }, options)).deleteImages.results;
  }

  /** Groups of images that are the same or look the same, the largest first. */
  duplicates(
    dataset: string,
    groups: Omit<DuplicatesQueryVariables, 'dataset'> = {},
    options?: RequestOptions,
  ): CountedPages<t.DuplicateGroup> {
    return new Pages(async (after = groups.after ?? undefined) => {
      return (await this.request(DuplicatesDocument, { ...groups, dataset, after }, options)).duplicates;
    });
  }

  /**
   * Decides about every pair among images that look the same, so that `duplicates` no longer shows them together.
   * Returns the number of pairs.
   *
   * @example
   *     for await (const { images } of client.duplicates('shoes')) {
   *       const refs = images.nodes.map(({ image: { id } }) => ({ id }));
   *       if (await differ(images.nodes)) await client.decideDuplicates(refs, 'NOT_DUPLICATES');
   *     }
   */
  async decideDuplicates(
    images: readonly ImageRef[],
    decision: DuplicateDecision,
    options?: RequestOptions,
  ): Promise<number> {
    const input = { images, decision };
    return (await this.request(DecideDuplicatesDocument, { input }, options)).decideDuplicates.pairs;
  }

  /** Takes back what was decided about pairs among these images. Returns the number of pairs. */
  async undecideDuplicates(images: readonly ImageRef[], options?: RequestOptions): Promise<number> {
    return (await this.request(UndecideDuplicatesDocument, { images }, options)).undecideDuplicates.pairs;
  }

  /** The pairs of images about which `decideDuplicates` has decided, in that order. */
  decidedDuplicates(dataset: string, options?: RequestOptions): CountedPages<t.DecidedPair> {
    return new Pages(async (after) => {
      const variables = { dataset, first: 100, after };
      return (await this.request(DecidedDuplicatesDocument, variables, options)).decidedDuplicates;
    });
  }

  /**
   * The labels that images of a dataset have, in order of their keys or with the commonest first.
   *
   * @example
   *     const common = await client.labels('shoes', { orderBy: 'IMAGE_COUNT' }).toArray(10);
   *     const found = await client.labels('shoes', { contains: 'boot' }).toArray();
   */
  labels(dataset: string, labels: t.LabelsOptions = {}, options?: RequestOptions): CountedPages<t.Label> {
    return new Pages(async (after = labels.after ?? undefined) => {
      const data = await this.request(LabelsDocument, { ...labels, dataset, after }, options);
      if (data.dataset === null) throw new DatasetNotFoundError(`There is no dataset "${dataset}".`);
      return data.dataset.labels;
    });
  }

  /** A dataset, given by its id or name, with its attributes; null if there is none. */
  async dataset(dataset: string, options?: RequestOptions): Promise<t.DatasetDetails | null> {
    return (await this.request(DatasetDocument, { dataset }, options)).dataset;
  }

  /** All datasets in the order of their creation. */
  datasets(options?: RequestOptions): CountedPages<t.Dataset> {
    return new Pages(async (after) => (await this.request(DatasetsDocument, { after }, options)).datasets);
  }

  /** Creates an empty dataset. One that has this name already stays as it is. */
  async createDataset(name: string, options?: RequestOptions): Promise<t.Dataset> {
    return (await this.request(CreateDatasetDocument, { name }, options)).createDataset;
  }
}

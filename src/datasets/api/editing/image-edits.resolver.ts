import { Args, Context, ID, Mutation, Resolver } from '@nestjs/graphql';
import { AppError, globalId, readUpload, storageFull } from '../../../common/index.ts';
import { UploadLimitsConfig } from '../../../config/index.ts';
import type { NotSearchable } from '../../catalogue/dataset-events.ts';
import { DatasetsService } from '../../catalogue/datasets.service.ts';
import { assertExternalId } from '../../catalogue/external-id.ts';
import type { EditResult, ImageUpdate } from '../../catalogue/image-edits.ts';
import type { Image, ImageRef } from '../../catalogue/images.ts';
import { ImagesService } from '../../catalogue/images.service.ts';
import {
  datasetNotFound,
  imageNotFound,
  imageRepeated,
  pictureRequired,
  tooManyImages,
} from '../../datasets.errors.ts';
import { PictureDownload } from '../../files/picture-download.ts';
import { DATASET_REF } from '../datasets/dataset.type.ts';
import { PutImageInput, UpdateImageInput } from './image-edits.input.ts';
import { assertEdits, assertImages, MAX_IMAGES, MAX_URLS } from './image-edit-limits.ts';
import {
  DeleteImagesPayload,
  EditImagesPayload,
  type EditedImageType,
  type ImageRejectionType,
} from './image-payloads.type.ts';
import { ImageRefInput } from '../images/image-ref.input.ts';
import { toImageType } from '../images/image.type.ts';

@Resolver()
export class ImageEditsResolver {
  constructor(
    private readonly images: ImagesService,
    private readonly datasets: DatasetsService,
    private readonly downloads: PictureDownload,
    private readonly limits: UploadLimitsConfig,
  ) {}

  @Mutation(() => EditImagesPayload, {
    description:
      'Creates images, or replaces those with the same external ids. If the dataset has an index, searches find ' +
      `them as soon as this returns. At most ${MAX_URLS} URLs in a request. Repeating a request changes nothing.`,
  })
  async putImages(
    @Args('dataset', { type: () => ID, description: DATASET_REF }) dataset: string,
    @Args('images', { type: () => [PutImageInput] }) inputs: PutImageInput[],
    @Context('signal') signal: AbortSignal,
  ): Promise<EditImagesPayload> {
    assertEdits(inputs, this.limits.MAX_UPLOAD_FILES);
    const { id } = await this.datasets.resolve(dataset);
    const seen = new Set<string>();
    const results: EditImagesPayload['results'] = [];
    for (const input of inputs) {
      signal.throwIfAborted();
      const isRepeated = seen.has(input.externalId);
      seen.add(input.externalId);
      results.push(await this.put(id, input, isRepeated, signal));
    }
    return { results };
  }

  @Mutation(() => EditImagesPayload, {
    description:
      'Changes labels and attributes of images without their bytes, so nothing is embedded again. Searches and ' +
      'filters see the change as soon as this returns. Repeating a request changes nothing.',
  })
  async updateImages(
    @Args('images', { type: () => [UpdateImageInput] }) inputs: UpdateImageInput[],
    @Args('dataset', {
      type: () => ID,
      nullable: true,
      description:
        'The id or the name of the dataset of the images that are given by their external ids alone.',
    })
    dataset?: string | null,
  ): Promise<EditImagesPayload> {
    assertImages(inputs);
    const found = await this.resolveAll(inputs.map(({ image }) => within(dataset, image)));
    const updates = inputs.flatMap((input, at) => {
      const image = found[at];
      return image === undefined || image instanceof AppError ? [] : [toUpdate(image, input)];
    });
    const updated = (await this.images.updateImages(updates))[Symbol.iterator]();
    const results = found.map((image, at) => {
      const externalId = inputs[at]?.image.externalId ?? null;
      if (image instanceof AppError) return rejection(image, { externalId });
      return toResult(updated.next().value!, { externalId: image.externalId });
    });
    return { results };
  }

  @Mutation(() => DeleteImagesPayload, {
    description: 'Deletes images. Searches no longer find them once this returns.',
  })
  async deleteImages(
    @Args('images', { type: () => [ImageRefInput] }) refs: ImageRefInput[],
  ): Promise<DeleteImagesPayload> {
    if (refs.length > MAX_IMAGES) throw tooManyImages(MAX_IMAGES);
    const found = await this.resolveAll(refs);
    const ids = found.flatMap((image) => (image instanceof AppError ? [] : [image.id]));
    const deleted = new Set(await this.images.deleteImages(ids));
    const seen = new Set<number>();
    const results = found.map((image, at) => {
      if (image instanceof AppError) return rejection(image, { externalId: refs[at]?.externalId ?? null });
      const { id, externalId } = image;
      if (seen.has(id)) return rejection(imageRepeated(globalId('Image', id)), { externalId });
      seen.add(id);
      return deleted.has(id)
        ? { id: globalId('Image', id), externalId }
        : rejection(imageNotFound(globalId('Image', id)), { externalId });
    });
    return { results };
  }

  private async resolveAll(refs: readonly ImageRef[]): Promise<(Image | AppError)[]> {
    const found = [];
    for (const ref of refs) {
      found.push(
        await this.images.resolve(ref).catch((error: unknown) => {
          if (error instanceof AppError && !error.isFault) return error;
          throw error;
        }),
      );
    }
    return found;
  }

  /** Called for one image after the other, so that only one file is in memory at a time. */
  private async put(
    datasetId: number,
    input: PutImageInput,
    isRepeated: boolean,
    signal: AbortSignal,
  ): Promise<EditedImageType | ImageRejectionType> {
    const { externalId } = input;
    const url = input.url ?? undefined;
    const upload = (await input.upload) ?? undefined;
    const given = { externalId, filename: upload?.filename ?? null };
    try {
      assertExternalId(externalId);
      if (isRepeated) throw imageRepeated(`"${externalId}"`);
      if ((url === undefined) === (upload === undefined)) throw pictureRequired();
      const bytes =
        upload === undefined
          ? await this.downloads.download(url ?? '', signal)
          : await readUpload(upload, this.limits.MAX_UPLOAD_BYTES);
      const [result] = await this.images.putImages(datasetId, [
        {
          externalId,
          bytes,
          sourceUrl: url,
          fileName: upload?.filename,
          labels: input.labels ?? undefined,
          attributes: input.attributes ?? undefined,
        },
      ]);
      if (result === undefined) throw new Error('An image was neither put nor rejected');
      return toResult(result, given);
    } catch (error) {
      const isShared = signal.aborted || [storageFull, datasetNotFound].some(({ is }) => is(error));
      if (!(error instanceof AppError) || isShared) throw error;
      const existingId = (await this.images.findByExternalId(datasetId, externalId))?.id;
      return toResult({ error, existingId }, given);
    }
  }
}

function within(dataset: string | null | undefined, ref: ImageRef): ImageRef {
  const isAlone = (ref.id ?? null) === null && (ref.dataset ?? null) === null;
  return isAlone ? { ...ref, dataset } : ref;
}

function toUpdate({ id: imageId }: Image, input: UpdateImageInput): ImageUpdate {
  return {
    imageId,
    labels: input.labels ?? undefined,
    addLabels: input.addLabels ?? undefined,
    removeLabels: input.removeLabels ?? undefined,
    attributes: input.attributes ?? undefined,
  };
}

interface Given {
  readonly externalId: string | null;
  readonly filename?: string | null;
}

function toResult(result: EditResult, given: Given): EditedImageType | ImageRejectionType {
  if ('error' in result) return rejection(result.error, given, result.existingId);
  const { image, edit, notSearchable } = result;
  return {
    image: toImageType(image),
    edit,
    searchable: notSearchable === undefined,
    notSearchable: notSearchable ? reasonOf(notSearchable) : null,
  };
}

/** A plain object: GraphQL takes an instance of Error for the failure of the field. */
function reasonOf({ code, message }: NotSearchable): NotSearchable {
  return { code, message };
}

function rejection(
  { code, message }: AppError,
  { externalId, filename = null }: Given,
  existingId?: number,
): ImageRejectionType {
  return {
    externalId,
    filename,
    existingId: existingId === undefined ? null : globalId('Image', existingId),
    code,
    message,
  };
}

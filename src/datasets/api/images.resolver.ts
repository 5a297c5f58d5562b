import { Args, Context, ID, Int, Mutation, Query, ResolveField, Resolver } from '@nestjs/graphql';
import {
  AppError,
  globalId,
  idOf,
  pageOf,
  parseId,
  rowOf,
  PlainResolver,
  readUpload,
  uploadTooLarge,
} from '../../common/index.ts';
import { UploadLimitsConfig } from '../../config/index.ts';
import { datasetNotFound, imageNotFound, tooManyImages } from '../datasets.errors.ts';
import { DatasetsService } from '../catalogue/datasets.service.ts';
import { AddImageInput, ImagesArgs } from './images.input.ts';
import { ImagesService } from '../catalogue/images.service.ts';
import { LabelLoader } from './label-loader.ts';
import {
  AddImagesPayload,
  DeleteImagesPayload,
  type AddedImageType,
  type ImageRejectionType,
} from './image-payloads.type.ts';
import { ImageConnection, ImageType, toImageType } from './image.type.ts';
import { LabelType, toLabelType } from './label.type.ts';
import { DEFAULT_THUMBNAIL_WIDTH, THUMBNAIL_WIDTHS } from '../files/thumbnail-widths.ts';
import { assertThumbnailWidth } from '../files/thumbnails.service.ts';

const MAX_DELETED = 1_000;

@Resolver(() => ImageType)
export class ImagesResolver {
  constructor(
    private readonly images: ImagesService,
    private readonly datasets: DatasetsService,
    private readonly labelLoader: LabelLoader,
    private readonly limits: UploadLimitsConfig,
  ) {}

  @Query(() => ImageType, {
    nullable: true,
    description: 'An image, or null if there is none with this id.',
  })
  async image(@Args('id', { type: () => ID }) id: string): Promise<ImageType | null> {
    const known = parseId('Image', id);
    const image = known === undefined ? undefined : await this.images.find(known);
    return image === undefined ? null : toImageType(image);
  }

  @Query(() => ImageConnection, {
    name: 'images',
    description: 'Images of a dataset in the order in which they were added.',
  })
  async imagesOf(@Args() args: ImagesArgs): Promise<ImageConnection> {
    const { id } = await this.datasets.get(idOf('Dataset', args.datasetId, datasetNotFound));
    const labels = args.filter?.labels ?? undefined;
    if (labels !== undefined) await this.datasets.assertLabelsKnown([id], labels);
    return pageOf(args, {
      rows: (rows) => this.images.list(id, { ...rows, labels }),
      totalCount: () => this.images.count(id, labels),
      toNode: toImageType,
    });
  }

  @ResolveField(() => [LabelType])
  labels({ labelKeys, datasetId }: ImageType, _args: object, context: object): LabelType[] {
    if (labelKeys.length === 0) return [];
    const id = rowOf(datasetId);
    const names = this.labelLoader.namesOf(context, id);
    return labelKeys.flatMap((key) => {
      const label = names.get(key);
      return label === undefined ? [] : [toLabelType(id, label)];
    });
  }

  @PlainResolver
  @ResolveField(() => String, { description: 'The path on this server of a small WebP version.' })
  thumbnailUrl(
    image: ImageType,
    @Args('width', {
      type: () => Int,
      defaultValue: DEFAULT_THUMBNAIL_WIDTH,
      description: `The width in pixels: ${THUMBNAIL_WIDTHS.join(', ')}.`,
    })
    { width }: { readonly width: number },
  ): string {
    assertThumbnailWidth(width);
    return `${image.url}/thumbnail?w=${width}`;
  }

  @Mutation(() => AddImagesPayload, {
    description:
      'Adds images to a dataset. If the dataset has an index, searches find them as soon as this returns.',
  })
  async addImages(
    @Args('datasetId', { type: () => ID }) datasetId: string,
    @Args('images', { type: () => [AddImageInput] }) inputs: AddImageInput[],
    @Context('signal') signal: AbortSignal,
  ): Promise<AddImagesPayload> {
    if (inputs.length > this.limits.MAX_UPLOAD_FILES) throw tooManyImages(this.limits.MAX_UPLOAD_FILES);
    const { id } = await this.datasets.get(idOf('Dataset', datasetId, datasetNotFound));
    const results: (AddedImageType | ImageRejectionType)[] = [];
    for (const input of inputs) {
      signal.throwIfAborted();
      results.push(await this.add(id, input));
    }
    return { results };
  }

  @Mutation(() => DeleteImagesPayload, {
    description: 'Deletes images. Searches no longer find them once this returns.',
  })
  async deleteImages(@Args('ids', { type: () => [ID] }) ids: string[]): Promise<DeleteImagesPayload> {
    if (ids.length > MAX_DELETED) throw tooManyImages(MAX_DELETED);
    const deleted = await this.images.deleteImages(ids.map((id) => idOf('Image', id, imageNotFound)));
    return { deletedIds: deleted.map((row) => globalId('Image', row)) };
  }

  /** Called for one image after the other, so that only one file is in memory at a time. */
  private async add(datasetId: number, input: AddImageInput): Promise<AddedImageType | ImageRejectionType> {
    const rejected = (error: AppError, filename: string | null): ImageRejectionType => ({
      externalId: input.externalId ?? null,
      filename,
      code: error.code,
      message: error.message,
    });
    const upload = await input.upload;
    try {
      const bytes = await readUpload(upload, this.limits.MAX_UPLOAD_BYTES);
      const [result] = await this.images.addImages(datasetId, [
        { bytes, externalId: input.externalId ?? undefined, labels: input.labels ?? undefined },
      ]);
      if (result === undefined) throw new Error('An image was neither added nor rejected');
      if ('error' in result) return rejected(result.error, upload.filename);
      return { image: toImageType(result.image), created: result.created };
    } catch (error) {
      if (uploadTooLarge.is(error)) return rejected(error, upload.filename);
      throw error;
    }
  }
}

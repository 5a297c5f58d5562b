import { Args, Context, ID, Int, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { AppError, idOf, pageOf, readUpload, uploadTooLarge } from '../../common/index.ts';
import { UploadLimitsConfig } from '../../config/index.ts';
import { imageNotFound, tooManyImages } from '../datasets.errors.ts';
import { DatasetsService } from '../catalogue/datasets.service.ts';
import { ImageRefArgs } from './image-ref.input.ts';
import { AddImageInput, ImagesArgs } from './images.input.ts';
import { ImagesService } from '../catalogue/images.service.ts';
import { ImageFilters } from '../filtering/image-filters.ts';
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
    private readonly filters: ImageFilters,
    private readonly labelLoader: LabelLoader,
    private readonly limits: UploadLimitsConfig,
  ) {}

  @Query(() => ImageType, {
    nullable: true,
    description:
      'The image with this `id`, or with this `externalId` in this `dataset`; null if there is none.',
  })
  async image(@Args() ref: ImageRefArgs): Promise<ImageType | null> {
    const image = await this.images.findByRef(ref);
    return image === undefined ? null : toImageType(image);
  }

  @Query(() => ImageConnection, {
    name: 'images',
    description: 'Images of a dataset in the order in which they were added.',
  })
  async imagesOf(@Args() args: ImagesArgs): Promise<ImageConnection> {
    const { id } = await this.datasets.resolve(args.dataset);
    const filter = args.filter ? (await this.filters.resolve(args.filter, [id])).get(id) : undefined;
    return pageOf(args, {
      rows: ({ after, limit }) => this.images.list(id, { after, limit, filter }),
      totalCount: () => this.images.count(id, filter),
      toNode: toImageType,
    });
  }

  @ResolveField(() => [LabelType])
  async labels(@Parent() image: ImageType, @Context() context: object): Promise<LabelType[]> {
    if (image.labelKeys.length === 0) return [];
    const labels = await this.labelLoader.load(context, Number(image.datasetId));
    return image.labelKeys.flatMap((key) => {
      const label = labels.get(key);
      return label === undefined ? [] : [toLabelType(label)];
    });
  }

  @ResolveField(() => String, { description: 'The path on this server of a small WebP version.' })
  thumbnailUrl(
    @Parent() image: ImageType,
    @Args('width', {
      type: () => Int,
      defaultValue: DEFAULT_THUMBNAIL_WIDTH,
      description: `The width in pixels: ${THUMBNAIL_WIDTHS.join(', ')}.`,
    })
    width: number,
  ): string {
    assertThumbnailWidth(width);
    return `${image.url}/thumbnail?w=${width}`;
  }

  @Mutation(() => AddImagesPayload, {
    description:
      'Adds images to a dataset. If the dataset has an index, searches find them as soon as this returns.',
  })
  async addImages(
    @Args('dataset', { type: () => ID }) dataset: string,
    @Args('images', { type: () => [AddImageInput] }) inputs: AddImageInput[],
    @Context('signal') signal: AbortSignal,
  ): Promise<AddImagesPayload> {
    if (inputs.length > this.limits.MAX_UPLOAD_FILES) throw tooManyImages(this.limits.MAX_UPLOAD_FILES);
    const { id } = await this.datasets.resolve(dataset);
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
    const deleted = await this.images.deleteImages(ids.map((id) => idOf(id, imageNotFound)));
    return { deletedIds: deleted.map(String) };
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

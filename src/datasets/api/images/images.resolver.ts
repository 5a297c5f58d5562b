import { Args, Int, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { pageOf, PlainResolver, rowOf } from '../../../common/index.ts';
import type { GraphQLResolveInfo } from 'graphql';
import { countLabels } from '../labels/answer-labels.ts';
import { DatasetsService } from '../../catalogue/datasets.service.ts';
import { ATTRIBUTE_LIMITS, typeOf } from '../../../filters/index.ts';
import { ImageAttributeType } from '../attributes/attribute.type.ts';
import { ImageRefArgs } from './image-ref.input.ts';
import { ImagesArgs } from './images.input.ts';
import { ImagesService } from '../../catalogue/images.service.ts';
import { ImageFilters } from '../../filtering/image-filters.ts';
import { ImageConnection, ImageType, toImageType } from './image.type.ts';
import { LabelType, toLabelType } from '../labels/label.type.ts';
import { versionOf } from '../../files/file-version.ts';
import { DEFAULT_THUMBNAIL_WIDTH, THUMBNAIL_WIDTHS } from '../../files/thumbnail-widths.ts';
import { assertThumbnailWidth } from '../../files/thumbnails.service.ts';

interface AttributesArgs {
  readonly names?: readonly string[] | null;
}

@Resolver(() => ImageType)
export class ImagesResolver {
  constructor(
    private readonly images: ImagesService,
    private readonly datasets: DatasetsService,
    private readonly filters: ImageFilters,
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
      rows: (rows) => this.images.list(id, { ...rows, filter }),
      totalCount: () => this.images.count(id, filter),
      toNode: toImageType,
    });
  }

  @ResolveField(() => [LabelType])
  labels(
    { labelKeys, labelNames, datasetId }: ImageType,
    _args: object,
    _context: object,
    info: GraphQLResolveInfo,
  ): LabelType[] {
    if (labelKeys.length === 0) return [];
    countLabels(labelKeys.length, info);
    const id = rowOf(datasetId);
    return labelKeys.map((key, at) => toLabelType(id, { key, name: labelNames[at] ?? key }));
  }

  @PlainResolver
  @ResolveField(() => [ImageAttributeType], {
    description: 'Its attributes in order of their names: all, or those that are named.',
    complexity: ({ args, childComplexity }) => 1 + attributesAtMost(args) * childComplexity,
  })
  attributes(
    image: ImageType,
    @Args('names', { type: () => [String], nullable: true })
    { names }: AttributesArgs,
  ): ImageAttributeType[] {
    return Object.entries(image.attributeValues)
      .filter(([name]) => names?.includes(name) ?? true)
      .map(([name, value]) => ({ name, type: typeOf(value), value }));
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
    return `/images/${rowOf(image.id)}/thumbnail?w=${width}&v=${versionOf(image.sha256)}`;
  }
}

function attributesAtMost({ names }: AttributesArgs): number {
  const { perDataset } = ATTRIBUTE_LIMITS;
  return Math.min(names?.length ?? perDataset, perDataset);
}

import {
  Args,
  ArgsType,
  Context,
  Field,
  ID,
  Int,
  Parent,
  Query,
  ResolveField,
  Resolver,
} from '@nestjs/graphql';
import { Allow, IsBoolean, IsInt, IsString } from 'class-validator';
import { PageArgs, pageOf, rowsOf, untilAborted } from '../../../common/index.ts';
import { DEFAULT_DISTANCE, DuplicatesService } from '../../duplicates/duplicates.service.ts';
import { DatasetsService } from '../../catalogue/datasets.service.ts';
import { ImageFilters } from '../../filtering/image-filters.ts';
import { ImagesService } from '../../catalogue/images.service.ts';
import {
  DuplicateGroupConnection,
  DuplicateGroupType,
  DuplicateImageConnection,
  toDuplicateGroupType,
} from './duplicate-group.type.ts';
import { DATASET_REF } from '../datasets/dataset.type.ts';
import { ImageFilterInput } from '../images/image-filter.input.ts';
import { toImageType } from '../images/image.type.ts';

/** Less than the usual timeouts of proxies and clients. */
const PATIENCE_MS = 10_000;

@ArgsType()
export class DuplicatesArgs extends PageArgs {
  @Field(() => ID, { description: DATASET_REF })
  @IsString()
  dataset!: string;

  @Field(() => ImageFilterInput, {
    nullable: true,
    description: 'Looks for duplicates among the images that this selects.',
  })
  @Allow()
  filter?: ImageFilterInput | null;

  @Field(() => Int, {
    defaultValue: DEFAULT_DISTANCE,
    description: 'The maximum number of bits, of 64, in which perceptual hashes may differ: 0 to 16.',
  })
  @IsInt()
  maxDistance!: number;

  @Field(() => Boolean, { defaultValue: false, description: 'Only images with identical bytes.' })
  @IsBoolean()
  exact!: boolean;
}

@Resolver(() => DuplicateGroupType)
export class DuplicatesResolver {
  constructor(
    private readonly service: DuplicatesService,
    private readonly images: ImagesService,
    private readonly datasets: DatasetsService,
    private readonly filters: ImageFilters,
  ) {}

  @Query(() => DuplicateGroupConnection, {
    name: 'duplicates',
    description:
      'Images of a dataset that are the same file or look the same, in groups, largest first. ' +
      'The first request reads every image. If that takes long, the error is DUPLICATES_UNAVAILABLE: ask again later.',
  })
  async duplicatesOf(
    @Args() args: DuplicatesArgs,
    @Context('signal') signal: AbortSignal,
  ): Promise<DuplicateGroupConnection> {
    const { id: datasetId } = await this.datasets.resolve(args.dataset);
    const filter = args.filter
      ? (await this.filters.resolve(args.filter, [datasetId])).get(datasetId)
      : undefined;
    const asked = this.service.groups(
      {
        datasetId,
        filter,
        maxDistance: args.maxDistance,
        exact: args.exact,
      },
      { patienceMs: PATIENCE_MS },
    );
    const groups = await untilAborted(asked, signal);
    // A cursor is the position of a group in this order.
    return pageOf(args, {
      rows: async ({ after = 0, before = Infinity, limit, backwards }) => {
        const end = Math.min(before - 1, groups.length);
        const first = backwards ? Math.max(after, end - limit) : after;
        const rows = groups
          .slice(first, Math.min(end, first + limit))
          .map((group, at) => ({ id: first + at + 1, group }));
        return backwards ? rows.reverse() : rows;
      },
      totalCount: async () => groups.length,
      toNode: ({ group }) => toDuplicateGroupType(group),
    });
  }

  @ResolveField('images', () => DuplicateImageConnection, {
    description: 'In ascending order of id. Distances are measured from the first, the oldest.',
  })
  async imagesOf(
    @Parent() { members }: DuplicateGroupType,
    @Args() args: PageArgs,
  ): Promise<DuplicateImageConnection> {
    return pageOf(args, {
      rows: async (rows) => {
        const page = rowsOf(
          members.map(({ imageId: id, ...member }) => ({ id, ...member })),
          rows,
        );
        const images = await this.images.findByIds(page.map(({ id }) => id));
        return page.flatMap((member) => {
          const image = images.get(member.id);
          return image === undefined ? [] : [{ ...member, image }];
        });
      },
      totalCount: async () => members.length,
      toNode: ({ image, distance, sameBytes }) => ({ image: toImageType(image), distance, sameBytes }),
    });
  }
}

import { Args, Context, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { idOf, PageArgs, pageOf, untilAborted } from '../../common/index.ts';
import { datasetNotFound } from '../datasets.errors.ts';
import { DuplicatesArgs } from './duplicates.args.ts';
import { DuplicatesService } from '../duplicates/duplicates.service.ts';
import { ImagesService } from '../catalogue/images.service.ts';
import {
  DuplicateGroupConnection,
  DuplicateGroupType,
  DuplicateImageConnection,
  toDuplicateGroupType,
} from './duplicate-group.type.ts';
import { toImageType } from './image.type.ts';

/** Less than proxies and clients usually wait for. */
const PATIENCE_MS = 10_000;

@Resolver(() => DuplicateGroupType)
export class DuplicatesResolver {
  constructor(
    private readonly service: DuplicatesService,
    private readonly images: ImagesService,
  ) {}

  @Query(() => DuplicateGroupConnection, {
    name: 'duplicates',
    description:
      'Images of a dataset that are the same file or look the same, in groups, the largest first. ' +
      'The first time this reads every picture: while it is not done, the error is DUPLICATES_UNAVAILABLE. Ask again.',
  })
  async duplicatesOf(
    @Args() args: DuplicatesArgs,
    @Context('signal') signal: AbortSignal,
  ): Promise<DuplicateGroupConnection> {
    const asked = this.service.groups(
      {
        datasetId: idOf(args.datasetId, datasetNotFound),
        maxDistance: args.maxDistance,
        exact: args.exact,
      },
      { patienceMs: PATIENCE_MS },
    );
    const groups = await untilAborted(asked, signal);
    // A cursor names the place of a group in the order.
    return pageOf(args, {
      rows: async ({ after = 0, limit }) =>
        groups.slice(after, after + limit).map((group, at) => ({ id: after + at + 1, group })),
      totalCount: async () => groups.length,
      toNode: ({ group }) => toDuplicateGroupType(group),
    });
  }

  @ResolveField('images', () => DuplicateImageConnection, {
    description: 'By rising id: the oldest first, to which the distances are.',
  })
  async imagesOf(
    @Parent() { members }: DuplicateGroupType,
    @Args() args: PageArgs,
  ): Promise<DuplicateImageConnection> {
    return pageOf(args, {
      rows: async ({ after = 0, limit }) => {
        const page = members.filter(({ imageId }) => imageId > after).slice(0, limit);
        const images = await this.images.findByIds(page.map(({ imageId }) => imageId));
        return page.flatMap(({ imageId: id, ...member }) => {
          const image = images.get(id);
          return image === undefined ? [] : [{ id, image, ...member }];
        });
      },
      totalCount: async () => members.length,
      toNode: ({ image, distance, sameBytes }) => ({ image: toImageType(image), distance, sameBytes }),
    });
  }
}

import { Args, ArgsType, Context, Field, Float, ID, ObjectType, Query, Resolver } from '@nestjs/graphql';
import { IsString } from 'class-validator';
import { Connection, PageArgs, pageOf, rowsOf, untilAborted } from '../../../common/index.ts';
import {
  DatasetsService,
  ImagesService,
  ImageType,
  LabelType,
  toImageType,
  toLabelType,
} from '../../../datasets/index.ts';
import { LabelErrors } from '../../label-errors/label-errors.service.ts';

/** Less than the usual timeouts of proxies and clients. */
const PATIENCE_MS = 10_000;

@ObjectType('SuspectLabel', {
  description: 'An image whose nearest neighbours have another label. One of the two labels may be wrong.',
})
export class SuspectLabelType {
  @Field(() => ImageType)
  image!: ImageType;

  @Field(() => LabelType, { description: 'The label that most of its neighbours have.' })
  neighbourLabel!: LabelType;

  @Field(() => Float, {
    description:
      'The share of its neighbours that have this label, 0 to 1. The more alike a neighbour is, the more it counts.',
  })
  agreement!: number;

  @Field(() => Float, {
    description: 'The share of its neighbours that have none of its own labels, 0 to 1, in the same way.',
  })
  confidence!: number;
}

@ObjectType('SuspectLabelConnection', { description: 'A page of images whose labels may be wrong.' })
export class SuspectLabelConnection extends Connection(SuspectLabelType, 'SuspectLabel') {}

@ArgsType()
export class SuspectLabelsArgs extends PageArgs {
  @Field(() => ID, { description: 'The id or the name of the dataset.' })
  @IsString()
  dataset!: string;
}

@Resolver()
export class LabelErrorsResolver {
  constructor(
    private readonly service: LabelErrors,
    private readonly datasets: DatasetsService,
    private readonly images: ImagesService,
  ) {}

  @Query(() => SuspectLabelConnection, {
    description:
      'Images whose nearest neighbours in the index have another label, at most 10,000, those with the highest confidence first: probably wrong labels. ' +
      'The first request searches with every image. If that takes long, the error is LABEL_ERRORS_UNAVAILABLE: ask again later.',
  })
  async suspectLabels(
    @Args() args: SuspectLabelsArgs,
    @Context('signal') signal: AbortSignal,
  ): Promise<SuspectLabelConnection> {
    const { id: datasetId } = await this.datasets.resolve(args.dataset);
    const errors = await untilAborted(this.service.findSoon(datasetId, PATIENCE_MS), signal);
    // A cursor is the position in this order.
    return pageOf(args, {
      rows: async (rows) => {
        const page = rowsOf(
          errors.map((error, at) => ({ id: at + 1, ...error })),
          rows,
        );
        const images = await this.images.findByIds(page.map(({ imageId }) => imageId));
        const keys = page.map(({ neighbourLabel }) => neighbourLabel);
        const labels = await this.datasets.labelsByKey(datasetId, keys);
        return page.flatMap(({ neighbourLabel: key, ...error }) => {
          const image = images.get(error.imageId);
          return image === undefined
            ? []
            : [{ ...error, image, neighbourLabel: labels.get(key) ?? { key, name: key } }];
        });
      },
      totalCount: async () => errors.length,
      toNode: ({ image, neighbourLabel, agreement, confidence }) => ({
        image: toImageType(image),
        neighbourLabel: toLabelType(datasetId, neighbourLabel),
        agreement,
        confidence,
      }),
    });
  }
}

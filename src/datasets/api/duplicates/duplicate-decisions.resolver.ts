import { Args, ArgsType, Field, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { IsString } from 'class-validator';
import { PageArgs, pageOf } from '../../../common/index.ts';
import { DatasetsService } from '../../catalogue/datasets.service.ts';
import type { Image, ImageRef } from '../../catalogue/images.ts';
import { ImagesService } from '../../catalogue/images.service.ts';
import { tooManyImages } from '../../datasets.errors.ts';
import { DuplicateDecisions, MAX_DECIDED_IMAGES } from '../../duplicates/duplicate-decisions.service.ts';
import { DATASET_REF } from '../datasets/dataset.type.ts';
import {
  DecidedPairConnection,
  DecideDuplicatesInput,
  DuplicateDecisionPayload,
} from './duplicate-decision.type.ts';
import { ImageRefInput } from '../images/image-ref.input.ts';
import { toImageType } from '../images/image.type.ts';

@ArgsType()
export class DecidedDuplicatesArgs extends PageArgs {
  @Field(() => ID, { description: DATASET_REF })
  @IsString()
  dataset!: string;
}

@Resolver()
export class DuplicateDecisionsResolver {
  constructor(
    private readonly decisions: DuplicateDecisions,
    private readonly datasets: DatasetsService,
    private readonly images: ImagesService,
  ) {}

  @Mutation(() => DuplicateDecisionPayload, {
    description:
      'Decides about images that look the same, so that `duplicates` no longer shows them together. To keep one of ' +
      'them, delete the others with `deleteImages`. The decision about an image is gone once its bytes are replaced.',
  })
  async decideDuplicates(@Args('input') input: DecideDuplicatesInput): Promise<DuplicateDecisionPayload> {
    return { pairs: await this.decisions.decide(await this.resolveAll(input.images), input.decision) };
  }

  @Mutation(() => DuplicateDecisionPayload, {
    description: 'Takes back what was decided about pairs among these images: 2 to 100 of one dataset.',
  })
  async undecideDuplicates(
    @Args('images', { type: () => [ImageRefInput] }) images: ImageRefInput[],
  ): Promise<DuplicateDecisionPayload> {
    return { pairs: await this.decisions.undecide(await this.resolveAll(images)) };
  }

  @Query(() => DecidedPairConnection, {
    description: 'The pairs of images about which `decideDuplicates` has decided, in that order.',
  })
  async decidedDuplicates(@Args() args: DecidedDuplicatesArgs): Promise<DecidedPairConnection> {
    const { id: datasetId } = await this.datasets.resolve(args.dataset);
    return pageOf(args, {
      rows: async (page) => {
        const pairs = await this.decisions.list(datasetId, page);
        const images = await this.images.findByIds(pairs.flatMap(({ imageIds }) => imageIds));
        return pairs.flatMap((pair) => {
          const [image, other] = pair.imageIds.map((id) => images.get(id));
          return image === undefined || other === undefined ? [] : [{ ...pair, image, other }];
        });
      },
      totalCount: () => this.decisions.count(datasetId),
      toNode: ({ image, other, decision, decidedAt }) => ({
        image: toImageType(image),
        other: toImageType(other),
        decision,
        decidedAt,
      }),
    });
  }

  private async resolveAll(refs: readonly ImageRef[]): Promise<Image[]> {
    if (refs.length > MAX_DECIDED_IMAGES) throw tooManyImages(MAX_DECIDED_IMAGES);
    const images = [];
    for (const ref of refs) images.push(await this.images.resolve(ref));
    return images;
  }
}

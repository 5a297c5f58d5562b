import { Args, Context, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { ImagesService } from '../../../datasets/index.ts';
import { EmbeddingModelDescriptions } from '../../../embeddings/index.ts';
import { ExplanationsService } from '../../explanation/explanations.service.ts';
import { HeatMaps } from '../../explanation/heat-maps.ts';
import { explanationCost, heatMapCost } from '../query/search-cost.ts';
import {
  ExplainArgs,
  ExplainedPictureType,
  ExplanationType,
  toExplainedPictureType,
} from './explanation.type.ts';
import { SearchRequests } from '../query/search-requests.ts';

@Resolver()
export class ExplanationResolver {
  constructor(
    private readonly explanations: ExplanationsService,
    private readonly images: ImagesService,
    private readonly requests: SearchRequests,
    private readonly models: EmbeddingModelDescriptions,
  ) {}

  @Query(() => ExplanationType, {
    complexity: explanationCost,
    description:
      'Divides the score of a hit among the parts of the query and of the hit. Takes one picture, not `examples`.',
  })
  async explain(@Args() args: ExplainArgs, @Context('signal') signal: AbortSignal): Promise<ExplanationType> {
    const { id: imageId } = await this.images.resolve(args.image);
    const by = await this.requests.by(args);
    const { score, query, hit, model, tookMs } = await this.explanations.explain({ by, imageId }, signal);
    return {
      score,
      query: toExplainedPictureType(query),
      hit: toExplainedPictureType(hit),
      model: this.models.describe(model),
      tookMs,
    };
  }
}

@Resolver(() => ExplainedPictureType)
export class ExplainedPictureResolver {
  constructor(
    private readonly explanations: ExplanationsService,
    private readonly heatMaps: HeatMaps,
  ) {}

  @ResolveField(() => String, {
    complexity: heatMapCost,
    description:
      'The path on this server of a heat map in WebP, at most 512 pixels long: orange raises the score, blue lowers it. Equal colours mean equal parts of the score in both pictures. It can be fetched for 15 minutes.',
  })
  async heatMapUrl(
    @Parent() { explained }: ExplainedPictureType,
    @Args('overlay', {
      type: () => Boolean,
      defaultValue: false,
      description: 'Draws only the colours, on transparent ground, to lay them over the picture.',
    })
    overlay: boolean,
    @Context('signal') signal: AbortSignal,
  ): Promise<string> {
    const drawn = await this.explanations.drawHeatMap(explained, { overlay, signal });
    return `/heat-maps/${this.heatMaps.keep(drawn)}`;
  }
}

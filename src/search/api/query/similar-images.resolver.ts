import { Logger } from '@nestjs/common';
import { Args, Context, Parent, Query, Resolver } from '@nestjs/graphql';
import { codedError, logFault, PlainResolver, type RequestContext } from '../../../common/index.ts';
import { EmbeddingModelDescriptions } from '../../../embeddings/index.ts';
import { answerSearches } from '../../query/search-batch.ts';
import { SimilarImagesService } from '../../query/similar-images.service.ts';
import { FoundImages } from './found-images.ts';
import { batchCost, searchCost } from './search-cost.ts';
import { SearchRequests } from './search-requests.ts';
import { EmbeddingArgs, SimilarImagesArgs, SimilarImagesInput } from './similar-images.args.ts';
import {
  EmbeddingType,
  SearchRejectionType,
  SimilarImagesResult,
  SimilarImagesType,
} from './similar-images.type.ts';

const ONE = 'Datasets can be searched together only if they are indexed with the same networks.';

@Resolver()
export class SimilarImagesResolver {
  private readonly logger = new Logger('GraphQL');

  constructor(
    private readonly search: SimilarImagesService,
    private readonly requests: SearchRequests,
    private readonly models: EmbeddingModelDescriptions,
  ) {}

  // The types of the arguments check all that validation would, which takes as long as the search.
  @PlainResolver
  @Query(() => SimilarImagesType, {
    complexity: searchCost,
    description: `Finds the images that look most similar to a picture. ${ONE}`,
  })
  similarImages(
    @Parent() _root: unknown,
    @Args() args: SimilarImagesArgs,
    @Context() { signal }: RequestContext,
  ): Promise<SimilarImagesType> {
    return this.find(args, signal);
  }

  @Query(() => [SimilarImagesResult], {
    complexity: batchCost,
    description:
      'Answers up to 100 searches at once. Each has its own hits or its own reason why there are none, in the order of the searches.',
  })
  async similarImagesBatch(
    @Args('searches', { type: () => [SimilarImagesInput] }) searches: SimilarImagesInput[],
    @Context('signal') signal: AbortSignal,
  ): Promise<(SimilarImagesType | SearchRejectionType)[]> {
    const pictures = searches.reduce((sum, { by }) => sum + (by.examples?.length ?? 1), 0);
    return answerSearches(
      searches,
      { pictures, signal },
      (search) => this.find(search, signal),
      (error) => {
        logFault(this.logger, 'A search of a batch', error);
        const { code, message } = codedError(error);
        return { code, message };
      },
    );
  }

  @Query(() => EmbeddingType, {
    description: 'Computes the embedding of a picture, or of several examples, for use outside Lookalike.',
  })
  async embedding(
    @Args() args: EmbeddingArgs,
    @Context('signal') signal: AbortSignal,
  ): Promise<EmbeddingType> {
    const datasetId = args.dataset == null ? undefined : await this.requests.datasetId(args.dataset);
    const by = await this.requests.by(args);
    const { vector, model } = await this.search.embedding(by, datasetId, signal);
    return { vector: [...vector], model: this.models.describe(model) };
  }

  private async find(args: SimilarImagesArgs, signal: AbortSignal): Promise<SimilarImagesType> {
    const found = await this.search.similarImages(await this.requests.query(args), signal);
    return new FoundImages(found, this.models);
  }
}

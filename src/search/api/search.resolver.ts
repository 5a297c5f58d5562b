import { Args, Context, ID, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { globalId, idOf, readUpload } from '../../common/index.ts';
import { UploadLimitsConfig } from '../../config/index.ts';
import { datasetNotFound, imageNotFound, toImageType } from '../../datasets/index.ts';
import { Downloader } from '../../downloads/index.ts';
import { EmbeddingModelDescriptions } from '../../embeddings/index.ts';
import { JobType, toJobType } from '../../jobs/index.ts';
import { BuildIndexInput } from './build-index.input.ts';
import { EmbeddingArgs, QueryPictureArgs, SimilarImagesArgs } from './similar-images.args.ts';
import { EmbeddingType, SimilarImagesType } from './similar-images.type.ts';
import { downloadQuery } from '../query/query-download.ts';
import { queryPictureMissing } from '../search.errors.ts';
import { IndexesService } from '../indexing/indexes.service.ts';
import { SimilarImagesService } from '../query/similar-images.service.ts';
import type { QueryPicture } from '../query/similar-images.ts';

@Resolver()
export class SearchResolver {
  constructor(
    private readonly search: SimilarImagesService,
    private readonly indexes: IndexesService,
    private readonly models: EmbeddingModelDescriptions,
    private readonly downloader: Downloader,
    private readonly limits: UploadLimitsConfig,
  ) {}

  @Query(() => SimilarImagesType, {
    description:
      'Finds the images that look most similar to a picture. Datasets can be searched together only if they are indexed with the same networks.',
  })
  async similarImages(
    @Args() args: SimilarImagesArgs,
    @Context('signal') signal: AbortSignal,
  ): Promise<SimilarImagesType> {
    const query = {
      by: await this.queryPicture(args, signal),
      datasetIds:
        args.datasetIds == null
          ? undefined
          : [...new Set(args.datasetIds)].map((id) => idOf('Dataset', id, datasetNotFound)),
      k: args.k,
      labels: args.filter?.labels ?? undefined,
      minScore: args.minScore ?? undefined,
      collapseDuplicates: args.collapseDuplicates,
    };
    const found = await this.search.similarImages(query, signal);
    return {
      hits: found.hits.map(({ rank, score, image, duplicateIds }) => ({
        rank,
        score,
        image: toImageType(image),
        duplicateIds: duplicateIds.map((row) => globalId('Image', row)),
      })),
      model: this.models.describe(found.model),
      exact: found.exact,
      tookMs: found.tookMs,
    };
  }

  @Query(() => EmbeddingType, {
    description: 'Computes the embedding of a picture, for use outside Lookalike.',
  })
  async embedding(
    @Args() args: EmbeddingArgs,
    @Context('signal') signal: AbortSignal,
  ): Promise<EmbeddingType> {
    const datasetId = args.datasetId == null ? undefined : idOf('Dataset', args.datasetId, datasetNotFound);
    const picture = await this.queryPicture(args, signal);
    const { vector, model } = await this.search.embedding(picture, datasetId, signal);
    return { vector: [...vector], model: this.models.describe(model) };
  }

  @Mutation(() => JobType, {
    description: 'Builds the index of a dataset, or brings it up to date.',
  })
  async buildIndex(@Args('input', { type: () => BuildIndexInput }) input: BuildIndexInput): Promise<JobType> {
    const job = await this.indexes.enqueueBuild({
      datasetId: idOf('Dataset', input.datasetId, datasetNotFound),
      model: input.model ?? undefined,
      labelIds: input.labelIds ?? undefined,
      rebuild: input.rebuild,
      refit: input.refit,
    });
    return toJobType(job);
  }

  @Mutation(() => Int, {
    description:
      'Drops the indexes of a dataset that have been replaced, and abandoned builds if another index answers. Returns the number of dropped indexes.',
  })
  async dropReplacedIndexes(@Args('datasetId', { type: () => ID }) datasetId: string): Promise<number> {
    return this.indexes.dropReplaced(idOf('Dataset', datasetId, datasetNotFound));
  }

  private async queryPicture({ by, region }: QueryPictureArgs, signal: AbortSignal): Promise<QueryPicture> {
    const part = { region: region ?? undefined };
    if (by.imageId !== undefined) return { imageId: idOf('Image', by.imageId, imageNotFound), ...part };
    const maxBytes = this.limits.MAX_UPLOAD_BYTES;
    if (by.url !== undefined) {
      const bytes = await downloadQuery(this.downloader, by.url, { maxBytes, signal });
      return { bytes, ...part };
    }
    if (by.upload === undefined) throw queryPictureMissing();
    return { bytes: await readUpload(by.upload, maxBytes), ...part };
  }
}

import { Args, ArgsType, Context, Field, ID, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { ArrayMaxSize, IsInt, IsString, Max, Min } from 'class-validator';
import { globalId, PageArgs, pageOf, parseId, Semaphore, untilAborted } from '../../../common/index.ts';
import { DatasetsService, ImagesService } from '../../../datasets/index.ts';
import { EmbeddingModelDescriptions } from '../../../embeddings/index.ts';
import { FeedbackEvaluations } from '../../feedback/feedback-evaluation.ts';
import { FeedbackService } from '../../feedback/feedback.service.ts';
import {
  DeleteFeedbackPayload,
  FeedbackConnection,
  FeedbackEvaluationType,
  FeedbackType,
  RecordFeedbackInput,
  toFeedbackType,
} from './feedback.type.ts';
import { queryPictureKey } from '../query-pictures/query-picture.type.ts';

const DATASET_REF = 'The id or the name of the dataset.';
const MOST_DELETED = 1_000;
/** Queries that an evaluation asks again, the ones judged last. */
const EVALUATED = 200;
/** What an evaluation counts as in the cost of a query. */
const EVALUATION_COST = 2_000;

@ArgsType()
export class FeedbackArgs extends PageArgs {
  @Field(() => ID, { description: DATASET_REF })
  @IsString()
  dataset!: string;
}

@ArgsType()
export class DeleteFeedbackArgs {
  @Field(() => [ID], { description: `Up to ${MOST_DELETED.toLocaleString('en')} of them.` })
  @IsString({ each: true })
  @ArrayMaxSize(MOST_DELETED)
  ids!: string[];
}

@ArgsType()
export class FeedbackEvaluationArgs {
  @Field(() => ID, { description: DATASET_REF })
  @IsString()
  dataset!: string;

  @Field(() => Int, { defaultValue: 10, description: 'The number of hits to look at: 1 to 100.' })
  @IsInt()
  @Min(1)
  @Max(100)
  k!: number;
}

@Resolver()
export class FeedbackResolver {
  private readonly slots = new Semaphore(1);

  constructor(
    private readonly feedbackService: FeedbackService,
    private readonly evaluations: FeedbackEvaluations,
    private readonly datasets: DatasetsService,
    private readonly images: ImagesService,
    private readonly models: EmbeddingModelDescriptions,
  ) {}

  @Mutation(() => FeedbackType, {
    description:
      'Records what somebody thinks of a hit, in place of an earlier verdict about the same query and image. It is gone with the images, and when their bytes are replaced.',
  })
  async recordFeedback(
    @Args('input') { query, region, image, verdict, clientKey }: RecordFeedbackInput,
    @Context('signal') signal: AbortSignal,
  ): Promise<FeedbackType> {
    const judged = await this.images.resolve(image);
    const asked =
      query.image === undefined
        ? { queryPictureId: queryPictureKey(query.queryPictureId ?? '') }
        : { imageId: (await this.images.resolve(query.image)).id };
    const recorded = await this.feedbackService.record(
      {
        query: { ...asked, region: region ?? undefined },
        image: judged,
        verdict,
        clientKey: clientKey ?? undefined,
      },
      signal,
    );
    return toFeedbackType(recorded);
  }

  @Mutation(() => DeleteFeedbackPayload, { description: 'Deletes verdicts, ignoring unknown ids.' })
  async deleteFeedback(@Args() { ids }: DeleteFeedbackArgs): Promise<DeleteFeedbackPayload> {
    const known = ids.flatMap((id) => parseId('Feedback', id) ?? []);
    const deleted = await this.feedbackService.delete([...new Set(known)]);
    return { deletedIds: deleted.map((id) => globalId('Feedback', id)) };
  }

  @Query(() => FeedbackConnection, {
    description: 'The verdicts about the images of a dataset, in the order in which they were made.',
  })
  async feedback(@Args() args: FeedbackArgs): Promise<FeedbackConnection> {
    const { id: datasetId } = await this.datasets.resolve(args.dataset);
    return pageOf(args, {
      rows: (page) => this.feedbackService.list(datasetId, page),
      totalCount: () => this.feedbackService.count(datasetId),
      toNode: toFeedbackType,
    });
  }

  @Query(() => FeedbackEvaluationType, {
    complexity: EVALUATION_COST,
    description: `Measures the index of a dataset on the hits that people have judged: asks up to ${EVALUATED} of their queries again, those judged last.`,
  })
  async feedbackEvaluation(
    @Args() { dataset, k }: FeedbackEvaluationArgs,
    @Context('signal') signal: AbortSignal,
  ): Promise<FeedbackEvaluationType> {
    const { id } = await this.datasets.resolve(dataset);
    const measured = this.slots.run(() => {
      signal.throwIfAborted();
      return this.evaluations.evaluate(id, { k, mostQueries: EVALUATED, signal });
    });
    const { model, ...evaluation } = await untilAborted(measured, signal);
    return { ...evaluation, model: this.models.describe(model) };
  }
}

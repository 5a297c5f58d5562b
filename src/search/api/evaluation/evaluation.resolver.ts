import { Args, ArgsType, Context, Field, ID, Int, Query, Resolver } from '@nestjs/graphql';
import { IsInt, IsString, Max, Min } from 'class-validator';
import { Semaphore, untilAborted } from '../../../common/index.ts';
import { DatasetsService } from '../../../datasets/index.ts';
import { EmbeddingModelDescriptions } from '../../../embeddings/index.ts';
import { EvaluationService } from '../../evaluation/evaluation.service.ts';
import { EvaluationType } from './evaluation.type.ts';

/** What an evaluation counts as in the cost of a query, beside the values of the answer. */
const SEARCH = 20;

@ArgsType()
export class EvaluationArgs {
  @Field(() => ID, { description: 'The id or the name of the dataset.' })
  @IsString()
  dataset!: string;

  @Field(() => Int, { defaultValue: 10, description: 'The number of hits to look at: 1 to 100.' })
  @IsInt()
  @Min(1)
  @Max(100)
  k!: number;

  @Field(() => Int, {
    defaultValue: 50,
    description:
      'The number of images to search with: 1 to 200. They are drawn from those with labels, always the same ones.',
  })
  @IsInt()
  @Min(1)
  @Max(200)
  queries!: number;
}

@Resolver()
export class EvaluationResolver {
  /** One at a time: each compares its queries with every vector of the index. */
  private readonly slots = new Semaphore(1);

  constructor(
    private readonly datasets: DatasetsService,
    private readonly service: EvaluationService,
    private readonly models: EmbeddingModelDescriptions,
  ) {}

  @Query(() => EvaluationType, {
    complexity: ({ args, childComplexity }: { args: Partial<EvaluationArgs>; childComplexity: number }) =>
      1 + childComplexity + SEARCH * (args.queries ?? 50),
    description:
      'Measures the index of a dataset: searches with some of its images among all the others. Takes seconds, and longer for large datasets.',
  })
  async evaluation(
    @Args() { dataset, k, queries }: EvaluationArgs,
    @Context('signal') signal: AbortSignal,
  ): Promise<EvaluationType> {
    const { id } = await this.datasets.resolve(dataset);
    const measured = this.slots.run(() => {
      signal.throwIfAborted();
      return this.service.evaluate(id, this.service.sample(id, queries, signal), k);
    });
    const { model, ...evaluation } = await untilAborted(measured, signal);
    return { ...evaluation, model: this.models.describe(model) };
  }
}

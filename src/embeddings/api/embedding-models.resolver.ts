import { Query, Resolver } from '@nestjs/graphql';
import { EmbeddingsService } from '../pipeline/embedder.ts';
import { EmbeddingModelModel } from './embedding-model.type.ts';

@Resolver(() => EmbeddingModelModel)
export class EmbeddingsResolver {
  constructor(private readonly embeddings: EmbeddingsService) {}

  @Query(() => [EmbeddingModelModel], {
    description:
      'What `buildIndex` can be told to use: models that have a name, and the networks that there are.',
  })
  embeddingModels(): EmbeddingModelModel[] {
    return this.embeddings.models();
  }
}

import { Query, Resolver } from '@nestjs/graphql';
import { EmbeddingsService } from './embeddings.service.ts';
import { EmbeddingModelModel } from './models/embedding-model.model.ts';

@Resolver(() => EmbeddingModelModel)
export class EmbeddingsResolver {
  constructor(private readonly embeddings: EmbeddingsService) {}

  @Query(() => [EmbeddingModelModel], { description: 'The networks that this server has.' })
  embeddingModels(): EmbeddingModelModel[] {
    return this.embeddings.models();
  }
}

import { Query, Resolver } from '@nestjs/graphql';
import { EmbeddingModelDescriptions } from './embedding-model-descriptions.ts';
import { EmbeddingModelType } from './embedding-model.type.ts';

@Resolver(() => EmbeddingModelType)
export class EmbeddingModelsResolver {
  constructor(private readonly descriptions: EmbeddingModelDescriptions) {}

  @Query(() => [EmbeddingModelType], {
    description: 'The models that `buildIndex` can use: those that have a name, and all available networks.',
  })
  embeddingModels(): EmbeddingModelType[] {
    return this.descriptions.listModels();
  }
}

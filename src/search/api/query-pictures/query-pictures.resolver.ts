import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import { QueryPictures } from '../../query-pictures/query-pictures.service.ts';
import { AddQueryPictureInput, QueryPictureType, toQueryPictureType } from './query-picture.type.ts';
import { SearchRequests } from '../query/search-requests.ts';

@Resolver()
export class QueryPicturesResolver {
  constructor(
    private readonly pictures: QueryPictures,
    private readonly requests: SearchRequests,
  ) {}

  @Mutation(() => QueryPictureType, {
    description: 'Keeps a picture for a while, so that searches can refer to it by its id.',
  })
  async addQueryPicture(
    @Args('input', { type: () => AddQueryPictureInput }) input: AddQueryPictureInput,
    @Context('signal') signal: AbortSignal,
  ): Promise<QueryPictureType> {
    const bytes = await this.requests.read(input, signal);
    signal.throwIfAborted();
    return toQueryPictureType(await this.pictures.add(bytes));
  }
}

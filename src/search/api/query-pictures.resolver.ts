import { Args, Context, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { QueryPictures } from '../query-pictures/query-pictures.service.ts';
import { queryPictureNotFound } from '../search.errors.ts';
import { AddQueryPictureInput, QueryPictureType, toQueryPictureType } from './query-picture.type.ts';
import { SearchRequests } from './search-requests.ts';

@Resolver()
export class QueryPicturesResolver {
  constructor(
    private readonly pictures: QueryPictures,
    private readonly requests: SearchRequests,
  ) {}

  @Query(() => QueryPictureType, {
    nullable: true,
    description: 'A query picture, or null if there is none with this id or it has expired.',
  })
  async queryPicture(@Args('id', { type: () => ID }) id: string): Promise<QueryPictureType | null> {
    try {
      return toQueryPictureType(await this.pictures.get(id));
    } catch (error) {
      if (queryPictureNotFound.is(error)) return null;
      throw error;
    }
  }

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

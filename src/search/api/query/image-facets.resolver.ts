import { Args, ArgsType, Field, ID, Query, Resolver } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { Allow, IsString, ValidateNested } from 'class-validator';
import { DatasetsService, ImageFilterInput, ImageFilters } from '../../../datasets/index.ts';
import { SearchFacets } from '../../query/search-facets.ts';
import { SEARCH_LIMITS } from '../../query/similar-images.ts';
import { imageFacetsCost } from './search-cost.ts';
import { facetOf } from './search-requests.ts';
import { FacetInput } from './similar-images.input.ts';
import { SearchFacetType } from './similar-images.type.ts';

@ArgsType()
export class ImageFacetsArgs {
  @Field(() => ID, { description: 'The id or the name of the dataset.' })
  @IsString()
  dataset!: string;

  @Field(() => ImageFilterInput, { nullable: true })
  @Allow()
  filter?: ImageFilterInput | null;

  @Field(() => [FacetInput], { description: `What to count, at most ${SEARCH_LIMITS.facets}.` })
  @ValidateNested({ each: true })
  @Type(() => FacetInput)
  facets!: FacetInput[];
}

@Resolver()
export class ImageFacetsResolver {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly filters: ImageFilters,
    private readonly counts: SearchFacets,
  ) {}

  @Query(() => [SearchFacetType], {
    complexity: imageFacetsCost,
    description:
      'Counts labels and values of attributes over the images of a dataset that the filter selects, as `images` lists them. There are no hits to count.',
  })
  async imageFacets(@Args() args: ImageFacetsArgs): Promise<SearchFacetType[]> {
    const { id } = await this.datasets.resolve(args.dataset);
    const requests = args.facets.map(facetOf);
    await this.counts.assertValid(requests, [id]);
    const filters = args.filter ? await this.filters.resolve(args.filter, [id]) : new Map<number, never>();
    const facets = await this.counts.count(requests, [id], filters, []);
    return facets.map(({ attribute, values }) => ({ attribute, values: [...values] }));
  }
}

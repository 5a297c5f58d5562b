import { Args, ArgsType, Field, Int, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { Max, Min } from 'class-validator';
import { longList, rowOf } from '../../../common/index.ts';
import { AttributeRepository } from '../../attributes/attribute.repository.ts';
import { AttributeValueCountType, DatasetAttributeType } from './attribute.type.ts';
import { DatasetType } from '../datasets/dataset.type.ts';

@ArgsType()
export class CommonValuesArgs {
  @Field(() => Int, { defaultValue: 10, description: 'How many to return: 1 to 100.' })
  @Min(1)
  @Max(100)
  first!: number;
}

/** The attributes of datasets. */
@Resolver(() => DatasetType)
export class DatasetAttributesResolver {
  constructor(private readonly repository: AttributeRepository) {}

  @ResolveField(() => [DatasetAttributeType], {
    description: 'The attributes that at least one of its images has, in order of their names; at most 64.',
    complexity: longList,
  })
  async attributes(@Parent() dataset: DatasetType): Promise<DatasetAttributeType[]> {
    const datasetId = rowOf(dataset.id);
    return (await this.repository.listUsed(datasetId)).map((attribute) => ({ ...attribute, datasetId }));
  }
}

@Resolver(() => DatasetAttributeType)
export class CommonValuesResolver {
  constructor(private readonly repository: AttributeRepository) {}

  @ResolveField(() => [AttributeValueCountType], {
    description: 'The values that most images have, the most frequent first.',
    complexity: ({ args, childComplexity }) => 1 + (args as CommonValuesArgs).first * childComplexity,
  })
  async commonValues(
    @Parent() { datasetId, name }: DatasetAttributeType,
    @Args() { first }: CommonValuesArgs,
  ): Promise<AttributeValueCountType[]> {
    return this.repository.commonValues(datasetId, name, first);
  }
}

import { Int, ResolveField, Resolver } from '@nestjs/graphql';
import { LabelLoader } from './label-loader.ts';
import { LabelType } from './label.type.ts';

@Resolver(() => LabelType)
export class LabelsResolver {
  constructor(private readonly loader: LabelLoader) {}

  @ResolveField(() => Int, { description: 'The number of images of the dataset that have it.' })
  async imageCount(label: LabelType, _args: object, context: object): Promise<number> {
    return label.imageCount ?? this.loader.imageCount(context, label);
  }
}

import { Int, ResolveField, Resolver } from '@nestjs/graphql';
import { LabelLoader } from './label-loader.ts';
import { LabelType } from './label.type.ts';

@Resolver(() => LabelType)
export class LabelsResolver {
  constructor(private readonly loader: LabelLoader) {}

  @ResolveField(() => Int, { description: 'The number of images of the dataset that have it.' })
  async imageCount(label: LabelType, _args: object, context: object): Promise<number> {
    if (label.imageCount !== undefined) return label.imageCount;
    const labels = await this.loader.load(context, label.datasetId);
    return labels.get(label.key)?.imageCount ?? 0;
  }
}

import { Args, ArgsType, Field, ID, Int, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { IsInt, Max, Min } from 'class-validator';
import { longList, rowOf } from '../../../common/index.ts';
import { DatasetsService, DatasetType, ImagesService, toImageType } from '../../../datasets/index.ts';
import { EmbeddingModelDescriptions } from '../../../embeddings/index.ts';
import { JobType, toJobType } from '../../../jobs/index.ts';
import { MapsService } from '../../map/maps.service.ts';
import { DatasetMapType, MapLabelType, MapOutlierType } from './dataset-map.type.ts';

const DATASET_REF = 'The id or the name of the dataset.';

@ArgsType()
export class OutliersArgs {
  @Field(() => Int, { defaultValue: 20, description: 'How many to return: 1 to 100.' })
  @IsInt()
  @Min(1)
  @Max(100)
  first!: number;
}

@Resolver(() => DatasetType)
export class DatasetMapResolver {
  constructor(
    private readonly maps: MapsService,
    private readonly datasets: DatasetsService,
    private readonly models: EmbeddingModelDescriptions,
  ) {}

  @Mutation(() => JobType, {
    description:
      'Places the images of a dataset on a map, from the vectors of its index. The last map stays until the new one is complete.',
  })
  async buildMap(
    @Args('dataset', { type: () => ID, description: DATASET_REF }) dataset: string,
  ): Promise<JobType> {
    const { id } = await this.datasets.resolve(dataset);
    return toJobType(await this.maps.enqueueBuild(id));
  }

  @ResolveField(() => DatasetMapType, {
    nullable: true,
    description: 'Null until `buildMap` has been called.',
  })
  async map(@Parent() dataset: DatasetType): Promise<DatasetMapType | null> {
    const map = await this.maps.find(rowOf(dataset.id));
    if (map === undefined) return null;
    const { builtAt, images: imageCount, indexed: indexedCount } = map;
    return { map, builtAt, imageCount, indexedCount, model: this.models.describe(map.model) };
  }
}

/** Fields for which the map or the catalogue has to be read, made only if a client asks for them. */
@Resolver(() => DatasetMapType)
export class DatasetMapDetailsResolver {
  constructor(
    private readonly maps: MapsService,
    private readonly images: ImagesService,
  ) {}

  @ResolveField(() => Boolean, {
    description:
      'Whether another index answers by now, or images have been added, deleted or replaced since.',
  })
  stale(@Parent() { map }: DatasetMapType): Promise<boolean> {
    return this.maps.isStale(map);
  }

  @ResolveField(() => String, {
    description:
      'The path on this server of the points, in little-endian order: the number n of images (Uint32), n ids (Uint32; `Image:` and the number is the id of the image), n x and n y (Float32), n positions in `labels` (Uint16; 65,535 for no label), and `labels` as JSON.',
  })
  async pointsUrl(@Parent() { map }: DatasetMapType): Promise<string> {
    return `/datasets/${map.datasetId}/map?v=${await this.maps.versionOf(map.datasetId)}`;
  }

  @ResolveField(() => [MapLabelType], {
    description:
      'The labels of the points, those with the most images first. An image with several is shown with the one that most images have.',
    complexity: longList,
  })
  async labels(@Parent() { map }: DatasetMapType): Promise<MapLabelType[]> {
    return [...(await this.maps.labelsOf(map.datasetId))];
  }

  @ResolveField(() => [MapOutlierType], {
    description: 'The images that are least like their nearest neighbours, the least alike first.',
  })
  async outliers(
    @Parent() { map }: DatasetMapType,
    @Args() { first }: OutliersArgs,
  ): Promise<MapOutlierType[]> {
    const outliers = await this.maps.outliers(map.datasetId, first);
    const images = await this.images.findByIds(outliers.map(({ imageId }) => imageId));
    return outliers.flatMap(({ imageId, score }) => {
      const image = images.get(imageId);
      return image === undefined ? [] : [{ image: toImageType(image), score }];
    });
  }
}

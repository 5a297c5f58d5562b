import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { ImageType } from '../../../datasets/index.ts';
import { EmbeddingModelType } from '../../../embeddings/index.ts';
import type { DatasetMap } from '../../map/dataset-map.ts';

@ObjectType('MapLabel', { description: 'A label by which images on a map can be coloured.' })
export class MapLabelType {
  @Field(() => String)
  key!: string;

  @Field(() => String, { description: 'The name to display; the key if the data gives no name.' })
  name!: string;

  @Field(() => Int, { description: 'The number of images on the map that are shown with it.' })
  imageCount!: number;
}

@ObjectType('MapOutlier', { description: 'An image that is unlike its nearest neighbours.' })
export class MapOutlierType {
  @Field(() => ImageType)
  image!: ImageType;

  @Field(() => Float, { description: 'The mean similarity to its 10 nearest neighbours, -1 to 1.' })
  score!: number;
}

@ObjectType('DatasetMap', {
  description: 'The images of a dataset in two dimensions: similar ones are near each other.',
})
export class DatasetMapType {
  @Field(() => Date)
  builtAt!: Date;

  @Field(() => EmbeddingModelType, { description: 'The model whose vectors it shows.' })
  model!: EmbeddingModelType;

  @Field(() => Int, { description: 'The number of images that were put on the map, at most 50,000.' })
  imageCount!: number;

  @Field(() => Int, {
    description:
      'The number of images in the index at that time. If there are more than on the map, those are a sample.',
  })
  indexedCount!: number;

  map!: DatasetMap;
}

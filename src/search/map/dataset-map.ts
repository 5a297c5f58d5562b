import type { ModelIdentity } from '../../embeddings/index.ts';

/** The record of a dataset's map; its points are in a file. */
export interface DatasetMap {
  readonly datasetId: number;
  readonly indexId: number;
  /** The changes of the dataset up to this one are on the map. */
  readonly checkpoint: number;
  readonly model: ModelIdentity;
  /** The name of its file. */
  readonly file: string;
  /** The number of images on the map. */
  readonly images: number;
  /** The number of images in the index at that time. */
  readonly indexed: number;
  readonly builtAt: Date;
}

/** The points of a map, one for each image in ascending order of id. */
export interface MapPoints {
  readonly ids: Uint32Array;
  /** Two coordinates per image. */
  readonly places: Float32Array;
  /** The number of neighbours for each image. */
  readonly k: number;
  /** The positions of the nearest others of each image in `ids`, the nearest first; -1 if fewer were found. */
  readonly neighbours: Int32Array;
  /** Their cosine similarities. */
  readonly similarities: Float32Array;
}

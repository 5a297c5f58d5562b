import type { ModelManifest } from '../catalogue/model-manifest.ts';

/** A published model that can be fetched by name: its file, where to find it, and its input. */
export interface KnownModel extends Pick<
  ModelManifest,
  'id' | 'revision' | 'precision' | 'dimension' | 'preprocessing' | 'licence'
> {
  /** The file as published, before it is cut. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** The original first, then mirrors of the same bytes. */
  readonly urls: readonly string[];
}

/** The commit of github.com/onnx/models to which the link is pinned. */
const ZOO = 'c5cae0f1942c8d7727372c7b1f6b485aa39e4421';

export const KNOWN_MODELS: readonly KnownModel[] = [
  {
    id: 'mobilenet-v2',
    // The number that the ONNX model zoo gives this file: the version of the operators.
    revision: '12',
    precision: 'float32',
    file: 'mobilenetv2-12.onnx',
    bytes: 13_964_571,
    sha256: 'c0c3f76d93fa3fd6580652a45618618a220fced18babf65774ed169de0432ad5',
    urls: [
      // The zoo keeps the file in Git LFS, whose content this host serves.
      `https://media.githubusercontent.com/media/onnx/models/${ZOO}/validated/vision/classification/mobilenet/model/mobilenetv2-12.onnx`,
      'https://huggingface.co/onnxmodelzoo/mobilenetv2-12/resolve/main/mobilenetv2-12.onnx',
    ],
    dimension: 1280,
    // On a scale of 0…1: mean 0.485, 0.456, 0.406; standard deviation 0.229, 0.224, 0.225.
    preprocessing: {
      resize: 256,
      crop: 224,
      mean: [123.675, 116.28, 103.53],
      std: [58.395, 57.12, 57.375],
      layout: 'NCHW',
    },
    licence: 'Apache-2.0',
  },
];

/** The models that `models pull` offers. */
export abstract class KnownModels {
  abstract readonly models: readonly KnownModel[];
}

/** What a manifest gives as the source of a known model. */
export function sourceOf({ urls, file }: KnownModel): string {
  return urls[0] ?? file;
}

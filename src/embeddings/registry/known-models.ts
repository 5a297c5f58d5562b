import type { ModelManifest } from '../catalogue/model-manifest.ts';

/** A published model that is fetched by its name: what its file is, where it lies, and how it is fed. */
export interface KnownModel extends Pick<
  ModelManifest,
  'id' | 'revision' | 'precision' | 'dimension' | 'preprocessing' | 'licence'
> {
  /** The file as it is published, before it is cut. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** The home first, then mirrors of the same bytes. */
  readonly urls: readonly string[];
}

/** The commit of github.com/onnx/models that the link is pinned to. */
const ZOO = 'c5cae0f1942c8d7727372c7b1f6b485aa39e4421';

export const KNOWN_MODELS: readonly KnownModel[] = [
  {
    id: 'mobilenet-v2',
    // The ONNX model zoo's number of this file: the version of the operators.
    revision: '12',
    precision: 'float32',
    file: 'mobilenetv2-12.onnx',
    bytes: 13_964_571,
    sha256: 'c0c3f76d93fa3fd6580652a45618618a220fced18babf65774ed169de0432ad5',
    urls: [
      // The zoo keeps it in Git LFS, of which this host serves the content.
      `https://media.githubusercontent.com/media/onnx/models/${ZOO}/validated/vision/classification/mobilenet/model/mobilenetv2-12.onnx`,
      'https://huggingface.co/onnxmodelzoo/mobilenetv2-12/resolve/main/mobilenetv2-12.onnx',
    ],
    dimension: 1280,
    // On 0…1: mean .485 .456 .406, standard deviation .229 .224 .225.
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

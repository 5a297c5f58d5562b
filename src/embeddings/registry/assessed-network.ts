import type { Shard } from '../catalogue/model-files.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import type { FeatureLayer } from './onnx/feature-layers.ts';
import type { Layout, TensorInfo } from './onnx/tensor-info.ts';
import type { PreprocessingOptions } from './preprocessing-options.ts';

/** What the files of a network reveal without running it. */
export interface NetworkInspection {
  readonly inputs: readonly (TensorInfo & { readonly layout: Layout | undefined })[];
  readonly outputs: readonly TensorInfo[];
  /** Number of nodes or layers. */
  readonly nodes: number;
  /** Version of the standard operators, if it is an ONNX file that declares it. */
  readonly opset?: number;
  /** Whether parts of it compute with 8-bit integers. */
  readonly quantised: boolean;
  /** Layers that look like features of a whole picture, the likeliest first. */
  readonly layers: readonly FeatureLayer[];
}

/** What the user says about a network. The rest is taken from the file. */
export interface NetworkOptions extends PreprocessingOptions {
  /** Side of the square input in pixels. */
  readonly size?: number;
  readonly layout?: Layout;
  /** The output, or tensor inside the graph, that holds the features. */
  readonly output?: string;
  /** The expected length of the features. */
  readonly dimension?: number;
  readonly precision?: ModelManifest['precision'];
}

/** A network that is ready to be registered: its file, cut if necessary, and the facts for its manifest. */
export interface AssessedNetwork extends Pick<
  ModelManifest,
  'precision' | 'input' | 'output' | 'layer' | 'dimension' | 'preprocessing'
> {
  /** The ONNX file or `model.json`. */
  readonly bytes: Uint8Array;
  /** The weights of a TensorFlow.js model. */
  readonly shards?: readonly Shard[];
  /** Whether `bytes` differ from the file that was given. */
  readonly changed: boolean;
  /** Whether it takes several pictures in one pass. */
  readonly batches: boolean;
  readonly inspection: NetworkInspection;
}

import type { Shard } from '../catalogue/model-files.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import type { FeatureLayer } from './onnx/feature-layers.ts';
import type { Layout, TensorInfo } from './onnx/tensor-info.ts';
import type { PreprocessingOptions } from './preprocessing-options.ts';

/** What the files of a network say of it, without running it. */
export interface NetworkInspection {
  readonly inputs: readonly (TensorInfo & { readonly layout: Layout | undefined })[];
  readonly outputs: readonly TensorInfo[];
  /** Nodes of a graph, or layers. */
  readonly nodes: number;
  /** Version of the standard operators, of an ONNX file. */
  readonly opset?: number;
  /** Whether part of it computes with integers of 8 bits. */
  readonly quantised: boolean;
  /** What looks like features of a whole picture, the likeliest first. */
  readonly layers: readonly FeatureLayer[];
}

/** What the user says of a network; the rest is taken from the file. */
export interface NetworkOptions extends PreprocessingOptions {
  /** Side of the square input, pixels. */
  readonly size?: number;
  readonly layout?: Layout;
  /** An output, or a tensor inside the graph, to cut at. */
  readonly output?: string;
  /** What is expected. */
  readonly dimension?: number;
  readonly precision?: ModelManifest['precision'];
}

/** A network made ready: the file, cut where needed, and what a manifest says of it. */
export interface AssessedNetwork extends Pick<
  ModelManifest,
  'precision' | 'input' | 'output' | 'layer' | 'dimension' | 'preprocessing'
> {
  /** The ONNX file, or `model.json`. */
  readonly bytes: Uint8Array;
  /** Of a TensorFlow.js model. */
  readonly shards?: readonly Shard[];
  /** Whether `bytes` are another file than the one given. */
  readonly changed: boolean;
  /** Whether it takes several pictures at once. */
  readonly batches: boolean;
  readonly inspection: NetworkInspection;
}

import type { NetworkInspection } from '../assessed-network.ts';
import type { FeatureLayer } from '../onnx/feature-layers.ts';
import { guessLayout, type TensorInfo } from '../onnx/tensor-info.ts';
import { graphOf } from './graph-steps.ts';
import { layersOf } from './layers-steps.ts';
import type { ModelJson } from './model-json.ts';
import { classifierBefore, FEATURE_NAME, type Steps } from './steps.ts';

/** A TensorFlow.js model as it is looked at, of either format. */
export interface TfjsInspection extends NetworkInspection {
  /** Nodes or layers, at which it can be cut. */
  readonly names: ReadonlySet<string>;
}

/** What a `model.json` says of its network, without running it. */
export function inspectTfjs(json: ModelJson): TfjsInspection {
  const { inputs, outputs, steps } = json.format === 'graph-model' ? graphOf(json) : layersOf(json);
  return {
    inputs: inputs.map((input) => ({ ...input, layout: guessLayout(input.shape) })),
    outputs,
    nodes: steps.size,
    // Weights may be stored in 8 or 16 bits; what computes is float.
    quantised: false,
    layers: featureLayers(outputs, steps),
    names: new Set(steps.keys()),
  };
}

function featureLayers(outputs: readonly TensorInfo[], steps: Steps): FeatureLayer[] {
  const found = outputs.flatMap((output): (FeatureLayer & { rank: number })[] => {
    const step = steps.get(output.name);
    if (step === undefined) return [];
    const before = classifierBefore(step, steps);
    if (before !== undefined) {
      const { name, operator } = before.step;
      return [{ tensor: name, node: name, operator, isOutput: false, why: before.why, rank: 1 }];
    }
    const named = FEATURE_NAME.test(output.name);
    const { name, operator } = step;
    const why = named ? 'an output named as features' : 'an output of the network';
    return [{ tensor: name, node: name, operator, isOutput: true, why, rank: named ? 0 : 2 }];
  });
  return found.sort((a, b) => a.rank - b.rank).map(({ rank: _, ...layer }) => layer);
}

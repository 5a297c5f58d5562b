import type { NetworkInspection } from '../assessed-network.ts';
import type { FeatureLayer } from '../onnx/feature-layers.ts';
import { guessLayout, type TensorInfo } from '../onnx/tensor-info.ts';
import { graphOf } from './graph-steps.ts';
import { layersOf } from './layers-steps.ts';
import type { ModelJson } from './model-json.ts';
import { findClassifierInput, FEATURE_NAME, type Steps } from './steps.ts';

/** What the files of a TensorFlow.js model of either format reveal. */
export interface TfjsInspection extends NetworkInspection {
  /** The nodes or layers at which a pass can end. */
  readonly names: ReadonlySet<string>;
}

/** What a `model.json` reveals without running the network. */
export function inspectTfjs(json: ModelJson): TfjsInspection {
  const { inputs, outputs, steps } = json.format === 'graph-model' ? graphOf(json) : layersOf(json);
  return {
    inputs: inputs.map((input) => ({ ...input, layout: guessLayout(input.shape) })),
    outputs,
    nodes: steps.size,
    // Weights may be stored in 8 or 16 bits, but the computation is done in float32.
    quantised: false,
    layers: featureLayers(outputs, steps),
    names: new Set(steps.keys()),
  };
}

function featureLayers(outputs: readonly TensorInfo[], steps: Steps): FeatureLayer[] {
  const found = outputs.flatMap((output): (FeatureLayer & { rank: number })[] => {
    const step = steps.get(output.name);
    if (step === undefined) return [];
    const before = findClassifierInput(step, steps);
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

import { explanationUnavailable } from '../../embeddings.errors.ts';
import { notAMean } from '../onnx/cut-at-feature-map.ts';
import { graphOf } from './graph-steps.ts';
import { layersOf } from './layers-steps.ts';
import { readModelJson } from './model-json.ts';
import type { Step } from './steps.ts';

const MEAN = /^(Mean|AvgPool|GlobalAveragePooling2D|AveragePooling2D)$/;
const SAME_DIRECTION = /^(Identity|Reshape|Squeeze|ExpandDims|Cast|Dropout|StopGradient|Flatten)$/;

/**
 * The node or layer whose mean is the features of a TensorFlow.js model. `modelJson`: the bytes of its model.json;
 * `output`: the node or layer of the features. Throws `EXPLANATION_UNAVAILABLE` if they are not a mean.
 */
export function findFeatureMapName(modelJson: Uint8Array, network: string, output: string): string {
  const json = readModelJson(modelJson);
  const { steps } = json.format === 'graph-model' ? graphOf(json) : layersOf(json);
  for (let at: string | undefined = output; ;) {
    const step: Step | undefined = at === undefined ? undefined : steps.get(at);
    if (step === undefined) throw explanationUnavailable(network, 'no feature map leads to its features');
    if (MEAN.test(step.operator) && step.from !== undefined) return step.from;
    if (!SAME_DIRECTION.test(step.operator)) throw explanationUnavailable(network, notAMean(step.operator));
    at = step.from;
  }
}

import type { Shard } from '../catalogue/model-files.ts';
import type { PreprocessingSpec } from '../catalogue/model-manifest.ts';
import type { Pixels } from '../networks/feature-extractor.port.ts';
import type { AssessedNetwork, NetworkOptions } from './assessed-network.ts';
import { inputOf, outputOf } from './network-io.ts';
import { shapeText } from './onnx/tensor-info.ts';
import { poolingOf } from './pooling.ts';
import { preprocessingOf } from './preprocessing-options.ts';
import { modelInputUnfit, modelOutputMissing, modelOutputUnfit } from './registry.errors.ts';
import { inspectTfjs } from './tfjs/inspect-tfjs.ts';
import { readModelJson } from './tfjs/model-json.ts';
import type { NetworkTrial } from './trial/network-trial.port.ts';
import {
  checkDimension,
  featuresAlone,
  givesSameInBatch,
  measureShape,
  sampleInputs,
  unlessTrialFails,
} from './trial/try-network.ts';

/**
 * Inspects a TensorFlow.js network, finds its features and runs it up to them on sample pictures. The
 * files remain unchanged, since a pass can end at any node or layer.
 *
 * Rejects with `MODEL_*` errors that say what was found and what was expected.
 */
export async function assessTfjs(
  modelJson: Uint8Array,
  shards: readonly Shard[],
  options: NetworkOptions,
  trial: NetworkTrial,
  samplesFor: (spec: PreprocessingSpec) => Promise<readonly [Pixels, Pixels]>,
): Promise<AssessedNetwork> {
  const inspection = inspectTfjs(readModelJson(modelJson));
  const { input, layout, crop } = inputOf(inspection, options);
  const preprocessing = preprocessingOf(options, crop, layout);
  const output = outputOf(inspection, options);
  if (!inspection.names.has(output)) {
    const outputs = inspection.outputs.map(({ name }) => name);
    const layers = inspection.layers.map(({ tensor }) => tensor);
    throw modelOutputMissing(output, outputs, layers);
  }

  const samples = sampleInputs(preprocessing, await samplesFor(preprocessing));
  const bytes = shards.map((shard) => shard.bytes);
  const network = await trial.openTrial(modelJson, bytes);
  try {
    const shape = await measureShape(network, input, samples.one, output);
    const { pooling, dimension } = poolingOf(output, shape);
    if (pooling !== 'none' && pooling !== 'flatten') {
      throw modelOutputUnfit(
        output,
        shapeText(shape),
        '[N, D] or [N, 1, 1, D], the output of a global pooling',
      );
    }
    checkDimension(output, dimension, options);
    const alone = await featuresAlone(network, { input, output }, samples, dimension);
    const onePicture = inspection.inputs[0]?.shape?.[0] === 1;
    const batches =
      !onePicture && (await unlessTrialFails(givesSameInBatch(network, { input, output }, samples, alone)));
    if (!batches && !onePicture) {
      throw modelInputUnfit(
        'only one picture at a time, although its input declares any number',
        'the same features for a picture whether it is alone or one of two',
      );
    }
    const isOutput = inspection.outputs.some(({ name }) => name === output);
    return {
      bytes: modelJson,
      shards,
      changed: false,
      batches,
      input,
      output,
      ...(isOutput ? {} : { layer: output }),
      dimension,
      precision: options.precision ?? 'float32',
      preprocessing,
      inspection,
    };
  } finally {
    await network.close();
  }
}

import type { Pixels } from '../networks/feature-extractor.port.ts';
import type { PreprocessingSpec } from '../catalogue/model-manifest.ts';
import type { Shard } from '../catalogue/model-files.ts';
import type { AssessedNetwork, NetworkOptions } from './assessed-network.ts';
import { finishOf } from './pooling.ts';
import { inputOf, outputOf } from './network-io.ts';
import type { NetworkTrial } from './trial/network-trial.port.ts';
import { shapeText } from './onnx/tensor-info.ts';
import { preprocessingOf } from './preprocessing-options.ts';
import { modelInputUnfit, modelOutputMissing, modelOutputUnfit } from './registry.errors.ts';
import { inspectTfjs } from './tfjs/inspect-tfjs.ts';
import { readModelJson } from './tfjs/model-json.ts';
import {
  checkDimension,
  dimensionOf,
  featuresAlone,
  runsInBatches,
  shapeOf,
  tensorsOf,
} from './trial/try-network.ts';

/**
 * Inspects a network of TensorFlow.js, finds its features and runs it up to them on sample pictures.
 * The files stay as they are: a pass ends at any node or layer.
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

  const samples = tensorsOf(preprocessing, await samplesFor(preprocessing));
  const bytes = shards.map((shard) => shard.bytes);
  const network = await trial.open(modelJson, bytes);
  try {
    const shape = await shapeOf(network, input, samples.one, output);
    const finish = finishOf(output, shape);
    if (finish !== 'none' && finish !== 'flatten') {
      throw modelOutputUnfit(
        output,
        shapeText(shape),
        '[N, D] or [N, 1, 1, D], such as a global pooling gives',
      );
    }
    const dimension = dimensionOf(finish, shape);
    checkDimension(output, dimension, options);
    const alone = await featuresAlone(network, { input, output }, samples, dimension);
    const onePicture = inspection.inputs[0]?.shape?.[0] === 1;
    const batches =
      !onePicture && (await runsInBatches(network, { input, output }, samples, alone).catch(() => false));
    if (!batches && !onePicture) {
      throw modelInputUnfit(
        'but one picture at a time, though its input is of any number',
        'that two at once give the features that each gives alone',
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

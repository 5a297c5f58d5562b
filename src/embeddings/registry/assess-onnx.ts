import type { PreprocessingSpec } from '../catalogue/model-manifest.ts';
import type { Pixels } from '../networks/feature-extractor.port.ts';
import type { AssessedNetwork, NetworkOptions } from './assessed-network.ts';
import { inputOf, outputOf } from './network-io.ts';
import { cutAt, exposing, withBatch, type Cut } from './onnx/cut-onnx.ts';
import { inspectOnnx } from './onnx/inspect-onnx.ts';
import { poolingOf } from './pooling.ts';
import { preprocessingOf } from './preprocessing-options.ts';
import type { NetworkOnTrial, NetworkTrial } from './trial/network-trial.port.ts';
import { assertOutputFits, recipeOptions } from './recipe-fit.ts';
import type { Recipe } from './recipes.ts';
import {
  checkDimension,
  featuresAlone,
  givesSameInBatch,
  measureShape,
  sampleInputs,
  unlessTrialFails,
} from './trial/try-network.ts';

/**
 * Inspects an ONNX network, finds its features, cuts it there and runs it on sample pictures.
 *
 * Rejects with `MODEL_*` errors that say what was found and what was expected.
 */
export async function assessOnnx(
  bytes: Uint8Array,
  given: NetworkOptions,
  trial: NetworkTrial,
  samplesFor: (spec: PreprocessingSpec) => Promise<readonly [Pixels, Pixels]>,
  recipe?: Recipe,
): Promise<AssessedNetwork> {
  const inspection = inspectOnnx(bytes);
  const options = recipe === undefined ? given : recipeOptions(recipe, inspection, given);
  const { input, layout, crop } = inputOf(inspection, options);
  const preprocessing = preprocessingOf(options, crop, layout);
  const samples = sampleInputs(preprocessing, await samplesFor(preprocessing));
  const tensor = outputOf(inspection, options);
  const layer = inspection.layers.find((one) => one.tensor === tensor);
  const shape = await onTrial(exposing(bytes, [tensor]), trial, (network) =>
    measureShape(network, input, samples.one, tensor),
  );
  if (recipe !== undefined) assertOutputFits(recipe, tensor, shape, given);
  const { pooling, dimension } = poolingOf(tensor, shape);
  checkDimension(tensor, dimension, options);

  const isOutput = inspection.outputs.some(({ name }) => name === tensor);
  const fits = pooling === 'none' && isOutput && inspection.outputs.length === 1;
  const cut = (batch?: 'any' | 'one'): Cut =>
    fits
      ? {
          bytes: batch === undefined ? bytes : withBatch(bytes, batch),
          output: tensor,
          layer: layer?.node ?? tensor,
        }
      : cutAt(bytes, tensor, { pooling, dimension, batch });

  // A graph that takes any number of pictures stays as it is. One that takes a single picture is opened
  // up if that gives the same features.
  const single = cut(inspection.dynamicBatch ? undefined : 'one');
  const alone = await onTrial(single.bytes, trial, (network) =>
    featuresAlone(network, { input, output: single.output }, samples, dimension),
  );
  const many = cut(inspection.dynamicBatch ? undefined : 'any');
  const batches = await unlessTrialFails(
    onTrial(many.bytes, trial, (network) =>
      givesSameInBatch(network, { input, output: many.output }, samples, alone),
    ),
  );
  const ready = batches ? many : cut(fits && !inspection.dynamicBatch ? undefined : 'one');
  return {
    bytes: ready.bytes,
    changed: ready.bytes !== bytes,
    batches,
    input,
    output: ready.output,
    ...(isOutput && pooling === 'none' ? {} : { layer: ready.layer }),
    dimension,
    precision: options.precision ?? (inspection.quantised ? 'int8' : 'float32'),
    preprocessing,
    inspection,
  };
}

async function onTrial<Result>(
  bytes: Uint8Array,
  trial: NetworkTrial,
  work: (network: NetworkOnTrial) => Promise<Result>,
): Promise<Result> {
  const network = await trial.openTrial(bytes);
  try {
    return await work(network);
  } finally {
    await network.close();
  }
}

import type { Pixels } from '../networks/feature-extractor.port.ts';
import type { PreprocessingSpec } from '../catalogue/model-manifest.ts';
import type { AssessedNetwork, NetworkOptions } from './assessed-network.ts';
import { finishOf } from './pooling.ts';
import { inputOf, outputOf } from './network-io.ts';
import type { NetworkOnTrial, NetworkTrial } from './trial/network-trial.port.ts';
import { cutAt, exposing, withBatch, type Cut } from './onnx/cut-onnx.ts';
import { inspectOnnx } from './onnx/inspect-onnx.ts';
import { preprocessingOf } from './preprocessing-options.ts';
import {
  checkDimension,
  dimensionOf,
  featuresAlone,
  runsInBatches,
  shapeOf,
  tensorsOf,
} from './trial/try-network.ts';

/**
 * Inspects an ONNX network, finds its features, cuts it there and runs it on sample pictures.
 *
 * Rejects with `MODEL_*` errors that say what was found and what was expected.
 */
export async function assessNetwork(
  bytes: Uint8Array,
  options: NetworkOptions,
  trial: NetworkTrial,
  samplesFor: (spec: PreprocessingSpec) => Promise<readonly [Pixels, Pixels]>,
): Promise<AssessedNetwork> {
  const inspection = inspectOnnx(bytes);
  const { input, layout, crop } = inputOf(inspection, options);
  const preprocessing = preprocessingOf(options, crop, layout);
  const samples = tensorsOf(preprocessing, await samplesFor(preprocessing));
  const tensor = outputOf(inspection, options);
  const layer = inspection.layers.find((one) => one.tensor === tensor);
  const shape = await onTrial(exposing(bytes, [tensor]), trial, (network) =>
    shapeOf(network, input, samples.one, tensor),
  );
  const finish = finishOf(tensor, shape);
  const dimension = dimensionOf(finish, shape);
  checkDimension(tensor, dimension, options);

  const isOutput = inspection.outputs.some(({ name }) => name === tensor);
  const fits = finish === 'none' && isOutput && inspection.outputs.length === 1;
  const cut = (batch?: 'any' | 'one'): Cut =>
    fits
      ? {
          bytes: batch === undefined ? bytes : withBatch(bytes, batch),
          output: tensor,
          layer: layer?.node ?? tensor,
        }
      : cutAt(bytes, tensor, { finish, dimension, batch });

  // As it is where it takes any number; a file for one picture is opened where that gives the same features.
  const single = cut(inspection.dynamicBatch ? undefined : 'one');
  const alone = await onTrial(single.bytes, trial, (network) =>
    featuresAlone(network, { input, output: single.output }, samples, dimension),
  );
  const many = cut(inspection.dynamicBatch ? undefined : 'any');
  // It fails where something within the graph holds to one picture.
  const batches = await onTrial(many.bytes, trial, (network) =>
    runsInBatches(network, { input, output: many.output }, samples, alone),
  ).catch(() => false);
  const ready = batches ? many : cut(fits && !inspection.dynamicBatch ? undefined : 'one');
  return {
    bytes: ready.bytes,
    changed: ready.bytes !== bytes,
    batches,
    input,
    output: ready.output,
    ...(isOutput && finish === 'none' ? {} : { layer: ready.layer }),
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
  const network = await trial.open(bytes);
  try {
    return await work(network);
  } finally {
    await network.close();
  }
}

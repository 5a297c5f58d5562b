import * as ort from 'onnxruntime-node';
import { parentPort, workerData } from 'node:worker_threads';
import { tensorFiller } from '../../preprocessing/input-tensor.ts';
import type { FromWorker, ToWorker } from '../threads/worker.messages.ts';
import type { OnnxruntimeSettings } from './onnxruntime.feature-extractor.ts';
import { sessionOptions } from './session-options.ts';

// `session.run` of onnxruntime-node blocks its thread, so each session has a thread of its own.

const settings = workerData as OnnxruntimeSettings;
const { crop } = settings.preprocessing;
const port = parentPort;
if (port === null) throw new Error('This file only runs in a worker thread');

const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => {
  port.postMessage(message, transfer);
};

const expectedInput = settings.preprocessing.layout === 'NCHW' ? [3, crop, crop] : [crop, crop, 3];

/** Says how the network differs from its manifest; undefined if it matches. */
function misfit(session: ort.InferenceSession): string | undefined {
  const input = session.inputMetadata.find(({ name }) => name === settings.input);
  const output = session.outputMetadata.find(({ name }) => name === settings.output);
  if (input === undefined || session.inputNames.length !== 1) {
    return `it has the inputs ${session.inputNames.join(', ')}, not just "${settings.input}"`;
  }
  if (output === undefined) {
    return `it has the outputs ${session.outputNames.join(', ')}, not "${settings.output}"`;
  }
  if (!input.isTensor || input.type !== 'float32') return 'its input is not a float32 tensor';
  if (!output.isTensor || output.type !== 'float32') return 'its output is not a float32 tensor';
  const shape = input.shape.slice(1);
  const fits =
    shape.length === 3 &&
    shape.every((size, at) => typeof size === 'string' || size === expectedInput[at]) &&
    (typeof input.shape[0] === 'string' || input.shape[0] === 1);
  if (!fits) return `its input is [${input.shape.join(', ')}], not [N, ${expectedInput.join(', ')}]`;
  return undefined;
}

const forward = async (
  session: ort.InferenceSession,
  data: Float32Array,
  count: number,
): Promise<{ embeddings: Float32Array; shape: readonly number[] }> => {
  const input = new ort.Tensor('float32', data, [count, ...expectedInput]);
  const { [settings.output]: output } = await session.run({ [settings.input]: input }, [settings.output]);
  if (output === undefined) throw new RangeError(`it gave no output "${settings.output}"`);
  const embeddings = output.data as Float32Array;
  const { dimension } = settings;
  if (dimension !== undefined && embeddings.length !== count * dimension) {
    throw new RangeError(`its output is [${output.dims.join(', ')}], not [${count}, ${dimension}]`);
  }
  return { embeddings, shape: output.dims };
};

interface OpenedSession {
  readonly session: ort.InferenceSession;
  readonly onlyOne: boolean;
  readonly outputShape: readonly number[];
}

async function openSession(): Promise<OpenedSession | string> {
  try {
    const session = await ort.InferenceSession.create(settings.model, await sessionOptions(settings));
    const problem = misfit(session);
    if (problem !== undefined) return problem;
    // The file may leave shapes open; one pass reveals them. It also warms the network up for the first query.
    const { shape } = await forward(session, new Float32Array(3 * crop * crop).fill(0.1), 1);
    const input = session.inputMetadata[0];
    return { session, onlyOne: input?.isTensor === true && input.shape[0] === 1, outputShape: shape };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const opened = await openSession();
if (typeof opened === 'string') send({ kind: 'refused', problem: opened });
else {
  const { session, onlyOne, outputShape } = opened;
  const fill = tensorFiller(settings.preprocessing);
  const pictureLength = 3 * crop * crop;
  let buffer = new Float32Array(pictureLength);

  const answer = async ({ pixels, count }: ToWorker): Promise<void> => {
    try {
      const length = count * pictureLength;
      if (buffer.length < length) buffer = new Float32Array(length);
      fill(pixels, buffer);
      const embeddings = (await forward(session, buffer.subarray(0, length), count)).embeddings.slice();
      send({ kind: 'done', embeddings }, [embeddings.buffer]);
    } catch (error) {
      send({ kind: 'failed', problem: error instanceof Error ? error.message : String(error) });
    }
  };

  // `run` starts one turn of the event loop after it is called. The next batch must not overwrite the
  // buffer before this one has been read from it.
  let previous = Promise.resolve();
  port.on('message', (batch: ToWorker) => {
    previous = previous.then(() => answer(batch));
  });
  send({ kind: 'ready', largestBatch: onlyOne ? 1 : Number.MAX_SAFE_INTEGER, outputShape });
}

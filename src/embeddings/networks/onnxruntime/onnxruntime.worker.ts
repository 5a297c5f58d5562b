import * as ort from 'onnxruntime-node';
import { parentPort, workerData } from 'node:worker_threads';
import { tensorFiller } from '../../preprocessing/input-tensor.ts';
import type { WorkerSettings } from './onnxruntime.messages.ts';
import type { FromWorker, ToWorker } from '../threads/worker.messages.ts';

// `session.run` of onnxruntime-node blocks its thread, so each session has a thread of its own.

const settings = workerData as WorkerSettings;
const { crop } = settings.preprocessing;
const port = parentPort;
if (port === null) throw new Error('This file runs in a worker thread only');

const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => {
  port.postMessage(message, transfer);
};

const expectedInput = settings.preprocessing.layout === 'NCHW' ? [3, crop, crop] : [crop, crop, 3];

/** What does not fit, in words; undefined where all does. */
function misfit(session: ort.InferenceSession): string | undefined {
  const input = session.inputMetadata.find(({ name }) => name === settings.input);
  const output = session.outputMetadata.find(({ name }) => name === settings.output);
  if (input === undefined || session.inputNames.length !== 1) {
    return `it has the inputs ${session.inputNames.join(', ')}, not "${settings.input}" alone`;
  }
  if (output === undefined) {
    return `it has the outputs ${session.outputNames.join(', ')}, not "${settings.output}"`;
  }
  if (!input.isTensor || input.type !== 'float32') return `its input is no float32 tensor`;
  if (!output.isTensor || output.type !== 'float32') return `its output is no float32 tensor`;
  const shape = input.shape.slice(1);
  const fits =
    shape.length === 3 &&
    shape.every((size, at) => typeof size === 'string' || size === expectedInput[at]) &&
    (typeof input.shape[0] === 'string' || input.shape[0] === 1);
  if (!fits) return `its input is [${input.shape.join(', ')}], not [N, ${expectedInput.join(', ')}]`;
  return undefined;
}

const run = async (
  session: ort.InferenceSession,
  data: Float32Array,
  count: number,
): Promise<Float32Array> => {
  const input = new ort.Tensor('float32', data, [count, ...expectedInput]);
  const { [settings.output]: output } = await session.run({ [settings.input]: input }, [settings.output]);
  const embeddings = output?.data as Float32Array;
  if (embeddings.length !== count * settings.dimension) {
    throw new RangeError(`its output is [${output?.dims.join(', ')}], not [${count}, ${settings.dimension}]`);
  }
  return embeddings;
};

async function open(): Promise<{ session: ort.InferenceSession; onlyOne: boolean } | string> {
  try {
    const session = await ort.InferenceSession.create(settings.model, {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      intraOpNumThreads: settings.threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: 3,
      // A thread that spins while it waits takes the core from the decoders.
      extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
    });
    const problem = misfit(session);
    if (problem !== undefined) return problem;
    // Shapes may be left open in the file; one pass tells. It also makes the first query a warm one.
    await run(session, new Float32Array(3 * crop * crop).fill(0.1), 1);
    const input = session.inputMetadata[0];
    return { session, onlyOne: input?.isTensor === true && input.shape[0] === 1 };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const opened = await open();
if (typeof opened === 'string') send({ kind: 'refused', problem: opened });
else {
  const { session, onlyOne } = opened;
  const fill = tensorFiller(settings.preprocessing);
  const bytes = 3 * crop * crop;
  let room = new Float32Array(bytes);

  const answer = async ({ pixels, count }: ToWorker): Promise<void> => {
    try {
      if (room.length < count * bytes) room = new Float32Array(count * bytes);
      fill(pixels, room);
      const embeddings = (await run(session, room.subarray(0, count * bytes), count)).slice();
      send({ kind: 'done', embeddings }, [embeddings.buffer]);
    } catch (error) {
      send({ kind: 'failed', problem: error instanceof Error ? error.message : String(error) });
    }
  };

  // `run` begins a turn of the event loop later than it is called: the next batch must not be
  // written into the room before this one has been read from it.
  let previous = Promise.resolve();
  port.on('message', (batch: ToWorker) => {
    previous = previous.then(() => answer(batch));
  });
  send({ kind: 'ready', largestBatch: onlyOne ? 1 : Number.MAX_SAFE_INTEGER });
}

import { Tokenizer } from '@huggingface/tokenizers';
import * as ort from 'onnxruntime-node';
import { parentPort, workerData } from 'node:worker_threads';
import type { FromWorker } from '../threads/worker.messages.ts';
import type { OnnxruntimeTextSettings, ToTextWorker } from './onnxruntime.text-feature-extractor.ts';
import { sessionOptions } from './session-options.ts';

// `session.run` of onnxruntime-node blocks its thread, and a large vocabulary takes seconds to load.

const settings = workerData as OnnxruntimeTextSettings;
const { input, mask, output, length, padding, lowerCase } = settings.spec;
const port = parentPort;
if (port === null) throw new Error('This file only runs in a worker thread');

const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => {
  port.postMessage(message, transfer);
};

/** What is used of the library: its own types cannot be resolved by the rules of Node. */
interface TextTokenizer {
  encode(text: string): { readonly ids: number[] };
}
const LoadedTokenizer = Tokenizer as unknown as new (json: object, config: object) => TextTokenizer;

interface Tower {
  readonly tokenizer: TextTokenizer;
  readonly session: ort.InferenceSession;
}

/** Says how the network differs from its manifest; undefined if it matches. */
function misfit(session: ort.InferenceSession): string | undefined {
  const expected = mask === undefined ? [input] : [input, mask];
  const { inputNames, outputNames } = session;
  if (inputNames.length !== expected.length || expected.some((name) => !inputNames.includes(name))) {
    return `it has the inputs ${inputNames.join(', ')}, not ${expected.join(', ')}`;
  }
  for (const name of expected) {
    const type = typeOf(session, name);
    if (type !== 'int64' && type !== 'int32') return `its input "${name}" is ${type}, not int64 or int32`;
  }
  if (!outputNames.includes(output)) return `it has the outputs ${outputNames.join(', ')}, not "${output}"`;
  return undefined;
}

function typeOf(session: ort.InferenceSession, name: string): string {
  const found = session.inputMetadata.find((one) => one.name === name);
  return found?.isTensor === true ? found.type : 'not a tensor';
}

/** The ids of a text. Of one that is too long, the end is left out but for the last token, which marks it. */
function idsOf(tokenizer: TextTokenizer, text: string): number[] {
  const { ids } = tokenizer.encode(lowerCase ? text.toLowerCase() : text);
  const last = ids.at(-1);
  return ids.length <= length || last === undefined ? ids : [...ids.slice(0, length - 1), last];
}

function tensorOf(session: ort.InferenceSession, name: string, values: readonly number[]): ort.Tensor {
  const dims = [1, length];
  return typeOf(session, name) === 'int32'
    ? new ort.Tensor('int32', Int32Array.from(values), dims)
    : new ort.Tensor('int64', BigInt64Array.from(values, BigInt), dims);
}

async function forward({ tokenizer, session }: Tower, text: string): Promise<Float32Array> {
  const ids = idsOf(tokenizer, text);
  const filler = Array<number>(length - ids.length);
  const feeds = { [input]: tensorOf(session, input, [...ids, ...filler.fill(padding)]) };
  if (mask !== undefined) {
    feeds[mask] = tensorOf(session, mask, [...ids.map(() => 1), ...filler.fill(0)]);
  }
  const { [output]: found } = await session.run(feeds, [output]);
  if (found?.type !== 'float32') throw new TypeError(`its output is ${found?.type}, not float32`);
  if (found.data.length !== settings.dimension) {
    throw new RangeError(`its output is [${found.dims.join(', ')}], not [1, ${settings.dimension}]`);
  }
  return Float32Array.from(found.data as Float32Array);
}

async function openTower(): Promise<Tower | string> {
  try {
    const json = JSON.parse(new TextDecoder().decode(settings.tokenizer)) as object;
    const tokenizer = new LoadedTokenizer(json, {});
    const session = await ort.InferenceSession.create(settings.model, await sessionOptions(settings));
    const problem = misfit(session);
    if (problem !== undefined) return problem;
    const tower = { tokenizer, session };
    // The file may leave shapes open; one pass reveals them. It also warms the network up for the first query.
    await forward(tower, 'a');
    return tower;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const opened = await openTower();
if (typeof opened === 'string') send({ kind: 'refused', problem: opened });
else {
  const answer = async ({ text }: ToTextWorker): Promise<void> => {
    try {
      const embeddings = await forward(opened, text);
      send({ kind: 'done', embeddings }, [embeddings.buffer as ArrayBuffer]);
    } catch (error) {
      send({ kind: 'failed', problem: error instanceof Error ? error.message : String(error) });
    }
  };
  // Answers are expected in the order of the texts.
  let previous = Promise.resolve();
  port.on('message', (message: ToTextWorker) => {
    previous = previous.then(() => answer(message));
  });
  send({ kind: 'ready', largestBatch: 1, outputShape: [1, settings.dimension] });
}

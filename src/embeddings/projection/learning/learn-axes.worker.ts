import { parentPort, workerData } from 'node:worker_threads';
import { arbitraryNumbers, multiplyRows, orthonormalise, transposed } from '../../../linear-algebra/index.ts';
import { crossValidate, recallOfCopies, type CopyRecall } from './choose-stretch.ts';
import { projectWithout } from './hold-out.ts';
import { judgePairs, lessonMatrix, type Lesson } from './judge-pairs.ts';
import type { LabelledSample } from './labelled-sample.ts';
import type { FromLearnWorker, ToLearnWorker } from './learn-axes.messages.ts';
import type { FittedAxes } from '../projection.ts';

const plain = workerData as FittedAxes;
const port = parentPort;
if (port === null) throw new Error('This file only runs in a worker thread');

const length = plain.mean.length;
const count = plain.axes.length / length;
const axes = orthonormalAxes(plain);
let sample: LabelledSample | undefined;

const send = (message: FromLearnWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
const sendVectors = (numbers: Float64Array) => {
  const vectors = Float32Array.from(numbers);
  send({ kind: 'vectors', vectors }, [vectors.buffer]);
};

function sampled(): LabelledSample {
  if (sample === undefined) throw new Error('The sample must be given first');
  return sample;
}

port.on('message', (message: ToLearnWorker) => {
  switch (message.kind) {
    case 'project':
      sendVectors(multiplyRows(centred(message.vectors), axes, length));
      break;
    case 'sample':
      ({ sample } = message);
      send({ kind: 'sampled' });
      break;
    case 'validate':
      send({ kind: 'validated', validation: crossValidate(sampled()) });
      break;
    case 'recall':
      send({ kind: 'recalled', recall: recallOf(message) });
      break;
    case 'judge':
      send({ kind: 'judged', gain: judgePairs(sampled(), message.stretch, message.pairs) });
      break;
    case 'learn':
      send({ kind: 'learnt', fitted: learntAxes(sampled(), message.lesson) });
      break;
    case 'hold-out':
      sendVectors(projectWithout(sampled(), message, length));
      break;
  }
});

function centred(vectors: Float32Array): Float64Array {
  const rows = Float64Array.from(vectors);
  for (let at = 0; at < rows.length; at += 1) rows[at]! -= plain.mean[at % length]!;
  return rows;
}

/** The axes, or orthonormal ones of the same space if labels have mixed and scaled them. */
function orthonormalAxes({ axes: given, stats }: FittedAxes): Float64Array {
  const rows = Float64Array.from(given);
  if ((stats.learning?.stretch ?? null) !== null) orthonormalise(rows, length, arbitraryNumbers());
  return rows;
}

function recallOf({ copies, lesson }: Extract<ToLearnWorker, { kind: 'recall' }>): CopyRecall {
  if (lesson === undefined) return recallOfCopies(sampled(), copies);
  return recallOfCopies(sampled(), copies, [lessonMatrix(sampled(), lesson)!]);
}

/** One matrix for the principal axes and what is learnt. On average, it leaves the lengths of vectors as they were. */
function learntAxes(from: LabelledSample, lesson: Lesson): FittedAxes {
  const matrix = lessonMatrix(from, lesson)!;
  const scale = Math.sqrt(energy(from) / energy(from, matrix));
  const rows = multiplyRows(matrix, transposed(axes, length), count);
  return { ...plain, axes: Float32Array.from(rows, (value) => value * scale) };
}

/** The sum of the squares of a sample's coordinates under a matrix, found a few rows at a time. */
function energy({ vectors, dimension }: LabelledSample, matrix?: Float64Array): number {
  let sum = 0;
  const step = 1_000 * dimension;
  for (let start = 0; start < vectors.length; start += step) {
    const rows = Float64Array.from(vectors.subarray(start, start + step));
    const some = matrix === undefined ? rows : multiplyRows(rows, matrix, dimension);
    for (const value of some) sum += value * value;
  }
  return sum;
}

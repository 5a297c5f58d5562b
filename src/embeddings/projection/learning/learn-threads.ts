import { AnsweringThread, workerUrl } from '../../../common/index.ts';
import type { AlteredCopies, CopyRecall, CrossValidation } from './choose-stretch.ts';
import { fittingThreads, type FitOptions } from '../fitting/fit-axes.ts';
import type { JudgedGain, Lesson } from './judge-pairs.ts';
import type { PackedPairs } from './judged-pairs.ts';
import {
  packSample,
  sampleOrder,
  type Labelled,
  type LabelledSample,
  type LabelledVector,
} from './labelled-sample.ts';
import type { FromLearnWorker, HoldOut, ToLearnWorker } from './learn-axes.messages.ts';
import type { FittedAxes } from '../projection.ts';

/** Vectors to hand over at a time. */
const BATCH = 256;
/** Another thread is started when so many batches wait for each that has started. */
const WORTH_A_THREAD = 2;

export type Vectors<Item> = AsyncIterable<Item> | Iterable<Item>;

/** A sample with what is known of each of its images, in the order of its rows. */
export interface DescribedSample {
  readonly sample: LabelledSample;
  readonly items: readonly Labelled[];
}

/** Threads that project vectors along the same axes. The first of them learns from the sample. */
export class LearnThreads {
  private readonly plain: FittedAxes;
  private readonly most: number;
  private readonly started: LearnThread[] = [];

  constructor(plain: FittedAxes, most = fittingThreads()) {
    this.plain = plain;
    this.most = most;
  }

  get first(): LearnThread {
    return this.thread(0);
  }

  /** Projects vectors in all threads, and gives the first of them the sample. */
  async takeSample(
    vectors: Vectors<LabelledVector>,
    { signal }: Pick<FitOptions, 'signal'>,
  ): Promise<DescribedSample> {
    const dimension = this.plain.mean.length;
    const count = this.plain.axes.length / dimension;
    const items: Labelled[] = [];
    const parts: Promise<Float32Array<ArrayBuffer>>[] = [];
    let batch = new Float32Array(BATCH * dimension);
    let filled = 0;
    const handOver = async () => {
      const part = this.leastBusy().project(batch.slice(0, filled * dimension));
      part.catch(() => undefined);
      parts.push(part);
      filled = 0;
      // As many batches wait as are being projected.
      await parts.at(-2 * this.most);
    };
    for await (const { sha256, labels, vector } of vectors) {
      signal?.throwIfAborted();
      items.push({ sha256, labels });
      batch.set(vector, filled * dimension);
      filled += 1;
      if (filled === BATCH) await handOver();
    }
    if (filled > 0) await handOver();
    batch = new Float32Array(0);
    // The only other copy of the coordinates is the one that is handed over.
    const projected = await Promise.all(parts);
    const coordinatesAt = (at: number) => {
      const start = (at % BATCH) * count;
      return projected[Math.floor(at / BATCH)]!.subarray(start, start + count);
    };
    const order = sampleOrder(items);
    const sample = packSample(items, order, coordinatesAt, count);
    await this.first.giveSample(sample);
    return { sample, items: order.map((from) => items[from]!) };
  }

  async close(): Promise<void> {
    await Promise.all(this.started.map((thread) => thread.close()));
  }

  private leastBusy(): LearnThread {
    let best = this.first;
    for (const thread of this.started) if (thread.waiting < best.waiting) best = thread;
    const isBehind = best.waiting >= WORTH_A_THREAD && best.hasAnswered;
    return isBehind && this.started.length < this.most ? this.thread(this.started.length) : best;
  }

  private thread(at: number): LearnThread {
    return (this.started[at] ??= new LearnThread(this.plain));
  }
}

/** One thread that projects vectors and learns from a sample of them, as seen from the main thread. */
export class LearnThread extends AnsweringThread<ToLearnWorker, FromLearnWorker> {
  private readonly length: number;

  constructor({ mean, axes, stats }: FittedAxes) {
    super(workerUrl(import.meta.url, './learn-axes.worker'), { mean, axes, stats }, 'Fitting a projection');
    this.length = mean.length;
  }

  async project(vectors: Float32Array<ArrayBuffer>): Promise<Float32Array<ArrayBuffer>> {
    return (await this.answer('vectors', { kind: 'project', vectors }, [vectors.buffer])).vectors;
  }

  /** Projects vectors that are given one by one. */
  async projectEach(vectors: readonly Float32Array[]): Promise<Float32Array<ArrayBuffer>> {
    const whole = new Float32Array(vectors.length * this.length);
    for (const [at, vector] of vectors.entries()) whole.set(vector, at * this.length);
    return this.project(whole);
  }

  /** Hands the vectors of the sample over. */
  async giveSample(sample: LabelledSample): Promise<void> {
    await this.answer('sampled', { kind: 'sample', sample }, [sample.vectors.buffer]);
  }

  async validate(): Promise<CrossValidation | undefined> {
    return (await this.answer('validated', { kind: 'validate' })).validation;
  }

  /**
   * Searches with altered copies, each of which is given with the row of its picture in the sample, under all stretches,
   * or else under what the lesson gives.
   */
  async recall(copies: AlteredCopies, lesson?: Lesson): Promise<CopyRecall> {
    return (await this.answer('recalled', { kind: 'recall', copies, lesson })).recall;
  }

  /** What pairs add to what labels give with this stretch, if it is not null. */
  async judge(stretch: number | null, pairs: PackedPairs): Promise<JudgedGain> {
    return (await this.answer('judged', { kind: 'judge', stretch, pairs })).gain;
  }

  async learn(lesson: Lesson): Promise<FittedAxes> {
    return (await this.answer('learnt', { kind: 'learn', lesson })).fitted;
  }

  /** The whole sample, projected by what is learnt without one fold. */
  async holdOut(about: HoldOut): Promise<Float32Array> {
    return (await this.answer('vectors', { kind: 'hold-out', ...about })).vectors;
  }

  private async answer<Kind extends FromLearnWorker['kind']>(
    kind: Kind,
    message: ToLearnWorker,
    transfer?: ArrayBuffer[],
  ): Promise<Extract<FromLearnWorker, { kind: Kind }>> {
    const answer = await this.ask(message, transfer);
    if (answer.kind !== kind) throw new Error(`Expected ${kind}, got ${answer.kind}`);
    return answer as Extract<FromLearnWorker, { kind: Kind }>;
  }
}

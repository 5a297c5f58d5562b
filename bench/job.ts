import './typescript.ts';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import type { JobParts, JobSpent, Spent } from './job-part.ts';

// The jobs of `import` and `index` on a fresh data folder beside the sum of their parts, by turns: what an import does with
// each file, the embedding pipeline alone on the same pictures, and the stages of the build that follow it. A script of
// twenty lines of Python that embeds the same pictures runs beside them if Python has its packages.
//
//     npm run bench -- job [FOLDER] [--pictures N] [--rounds N] [--model SPEC] [--python COMMAND]
//
// FOLDER: with a sub-folder for each label, by default the samples. --pictures: if it has fewer, altered copies of its
// pictures are added, which the decoder takes for others (each is cropped, mirrored or lightened). Run `npm run build` first.

const { ModelCatalogue } = await import('../src/embeddings/catalogue/model-catalogue.ts');

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    pictures: { type: 'string', default: '0' },
    rounds: { type: 'string', default: '3' },
    model: { type: 'string', default: 'fast' },
    python: { type: 'string', default: 'python3' },
  },
});
const SAMPLES = fileURLToPath(new URL('../samples/stamps', import.meta.url));
const source = positionals[0] ?? SAMPLES;
const scratch = await mkdtemp(join(tmpdir(), 'lookalike-bench-'));
const cores = availableParallelism();

async function picturesIn(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.(jpe?g|png|webp)$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The folder, or a copy of it with altered pictures beside those that it has. */
async function enlarged(folder: string, wanted: number): Promise<string> {
  const own = await picturesIn(folder);
  if (own.length >= wanted) return folder;
  const larger = join(scratch, 'pictures');
  await cp(folder, larger, { recursive: true });
  const waiting = Array.from({ length: wanted - own.length }, (_, at) => ({
    path: own[at % own.length]!,
    turn: 1 + Math.floor(at / own.length),
  }));
  const lane = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { path, turn } = next;
      const file = join(larger, `${relative(folder, path).replace(/\.\w+$/, '')}-${turn}.jpg`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, await altered(await readFile(path), turn));
    }
  };
  await Promise.all(Array.from({ length: cores }, lane));
  return larger;
}

async function altered(bytes: Buffer, turn: number): Promise<Buffer> {
  const { width, height } = await sharp(bytes).metadata();
  const [left, top] = [0.03, 0.02].map((share, at) => Math.floor(share * turn * [width, height][at]!)) as [
    number,
    number,
  ];
  const part = { left, top, width: width - left, height: height - top };
  const image = sharp(bytes).extract(part).resize({ width, height, fit: 'fill' });
  return (turn % 2 === 1 ? image.flop() : image)
    .modulate({ brightness: 1 + 0.05 * turn })
    .jpeg({ quality: 90 })
    .toBuffer();
}

function measured<Result>(part: JobParts['part']): Result {
  const parts: JobParts = { part, folder, files, model: values.model };
  const path = fileURLToPath(new URL('job-part.ts', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', path], {
    // Not as an argument, since ONNX Runtime crashes in a process whose command line is about 16 kB long.
    input: JSON.stringify(parts),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'inherit'],
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`${part} could not be measured: exit code ${status}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Result;
}

const manifest = (await ModelCatalogue.read()).getVariant('efficientnet-lite0');
const network = fileURLToPath(new URL(`../models/${manifest.file}`, import.meta.url));

/** What the script in Python takes, or why it cannot run. */
function python(): Spent | string {
  const script = fileURLToPath(new URL('../scripts/embed-with-onnxruntime.py', import.meta.url));
  const { status, stdout, stderr, error } = spawnSync(values.python, [script, network, manifest.input], {
    input: files.join('\n'),
    encoding: 'utf8',
  });
  // What Python says comes first: if it ends before it has read the paths, the error is only about the pipe.
  const lines = (stderr ?? '').split('\n').filter((line) => line !== '');
  if (status !== 0) return lines.at(-1) ?? error?.message ?? 'it failed';
  const [seconds, processor] = stdout.trim().split(' ').map(Number) as [number, number];
  return { seconds, processor };
}

const folder = await enlarged(source, Number(values.pictures));
const files = await picturesIn(folder);
console.log(`${files.length} pictures, ${cores} cores, ${values.model}`);

interface Round {
  readonly intake: Spent;
  readonly pipeline: Spent;
  readonly importing: JobSpent;
  readonly indexing: JobSpent;
  readonly python: Spent | string;
}

const ratios: Record<string, number[]> = {};
for (let round = 1; round <= Number(values.rounds); round += 1) {
  const before = measured<Spent>('pipeline');
  const { importing, indexing } = measured<Pick<Round, 'importing' | 'indexing'>>('jobs');
  const after = measured<Spent>('pipeline');
  const pipeline = { seconds: mean(before, after, 'seconds'), processor: mean(before, after, 'processor') };
  print(round, { importing, indexing, pipeline, intake: measured<Spent>('intake'), python: python() });
}
await rm(scratch, { recursive: true, force: true });
console.log('Medians of the rounds:');
console.table(
  Object.fromEntries(Object.entries(ratios).map(([name, all]) => [name, rounded(median(all), 3)])),
);

function print(round: number, { intake, pipeline, importing, indexing, python: script }: Round): void {
  const row = ({ seconds, processor }: Spent) => ({
    seconds: rounded(seconds, 2),
    'processor, s': rounded(processor, 2),
    'pictures/s': rounded(files.length / seconds, 1),
  });
  const stagesOf = (job: string, { stages }: JobSpent) =>
    stages.map(({ stage, ...spent }) => [`${job}: ${stage.toLowerCase()}`, row(spent)]);
  console.log(`Round ${round}:`);
  console.table(
    Object.fromEntries([
      ['import', row(importing)],
      ...stagesOf('import', importing),
      ['  its part: read, check, store', row(intake)],
      ['index', row(indexing)],
      ...stagesOf('index', indexing),
      ['  its part: the pipeline alone', row(pipeline)],
      ...(typeof script === 'string' ? [] : [['twenty lines of Python', row(script)]]),
    ]) as object,
  );
  if (typeof script === 'string') console.log(`The Python script did not run: ${script}`);
  const others = indexing.stages.filter(({ stage }) => stage !== 'PREPARING' && stage !== 'EMBEDDING');
  for (const unit of ['seconds', 'processor'] as const) {
    const rest = others.reduce((sum, spent) => sum + spent[unit], 0);
    const parts = intake[unit] + pipeline[unit] + rest;
    const name = unit === 'seconds' ? 'time' : 'processor time';
    keep(`index, ÷ the pipeline alone, rate by ${name}`, pipeline[unit] / indexing[unit]);
    keep(
      `import + index, ÷ the sum of their parts, rate by ${name}`,
      parts / (importing[unit] + indexing[unit]),
    );
    if (typeof script !== 'string') keep(`index, ÷ Python, rate by ${name}`, script[unit] / indexing[unit]);
  }
}

function keep(name: string, ratio: number): void {
  (ratios[name] ??= []).push(ratio);
}

function mean(a: Spent, b: Spent, unit: keyof Spent): number {
  return (a[unit] + b[unit]) / 2;
}

function median(of: readonly number[]): number {
  return of.toSorted((a, b) => a - b)[of.length >> 1] ?? Number.NaN;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

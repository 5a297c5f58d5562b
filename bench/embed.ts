import './typescript.ts';
import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Subject } from './embed-subject.ts';

// Pictures per second for each available runtime and precision, with and without decoding, and how close
// the embedding pipeline comes to keeping all cores busy: compared with one thread × cores.
//
//     npm run bench -- embed [FOLDER [PICTURES]] [--models FOLDER] [--only TEXT]
//
// FOLDER: pictures, by default the samples. --models: a folder with MobileNetV2 as features.onnx and, in
// tfjs/graph and tfjs/layers-f16, as a TensorFlow.js model, which is then also measured on ONNX Runtime, on
// WebAssembly and, if scripts/install-tfjs-node has been run, on tfjs-node. --only: only subjects whose name
// contains the text.

const { ModelCatalogue } = await import('../src/embeddings/catalogue/model-catalogue.ts');
const { mobilenetSubjects } = await import('./embed-subject.ts');

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { models: { type: 'string' }, only: { type: 'string', default: '' } },
});
const SAMPLES = fileURLToPath(new URL('../samples/stamps', import.meta.url));
const [folder = SAMPLES, limit = '800'] = positionals;
const cores = availableParallelism();

const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && /\.(jpe?g|png|webp)$/i.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .sort()
  .slice(0, Number(limit));

const catalogue = await ModelCatalogue.read();
const bundled = catalogue.models.map((manifest): Subject => ({
  name: `${manifest.id} ${manifest.precision}, ONNX Runtime`,
  manifest,
  modelsDir: catalogue.folderOf(manifest),
}));
const others = values.models === undefined ? [] : await mobilenetSubjects(values.models);
const subjects = [...bundled, ...others].filter(({ name }) => name.includes(values.only));

/** One measurement in a process of its own, so that threads and memory of one runtime do not affect another. */
function measured<Result>(part: 'alone' | 'together', subject: Subject): Result {
  const { status, signal, error, stdout } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', fileURLToPath(new URL('embed-part.ts', import.meta.url))],
    {
      // Not as an argument, since ONNX Runtime crashes in a process whose command line is about 16 kB long.
      input: JSON.stringify({ part, subject, files }),
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'inherit'],
      maxBuffer: 1 << 26,
    },
  );
  if (status !== 0) {
    const how = error?.message ?? signal ?? `exit code ${status}`;
    throw new Error(`${subject.name} could not be measured (${part}): ${how}`);
  }
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Result;
}

interface Alone {
  readonly decode: number;
  readonly forward: number;
}

interface Together {
  readonly forward: number;
  readonly pipeline: number;
  readonly capacity: number;
  readonly residentMegabytes: number;
}

console.log(`${files.length} pictures, ${cores} cores`);
const rows = subjects.map((subject) => {
  // The parts are measured before and after the whole, so that a change of the machine's speed shows.
  const before = measured<Alone>('alone', subject);
  const whole = measured<Together>('together', subject);
  const after = measured<Alone>('alone', subject);
  const decode = (before.decode + after.decode) / 2;
  const forward = (before.forward + after.forward) / 2;
  const row = {
    subject: subject.name,
    'decode, 1 thread, ms': round(decode * 1000, 2),
    'forward, 1 thread, ms': round(forward * 1000, 2),
    'before / after': round((before.decode + before.forward) / (after.decode + after.forward), 2),
    'forward alone, images/s': round(1 / whole.forward, 1),
    '÷ 1 thread × cores': round(forward / cores / whole.forward, 3),
    'with decoding, images/s': round(1 / whole.pipeline, 1),
    '÷ (decode + forward) × cores': round((decode + forward) / cores / whole.pipeline, 3),
    'resident MB': whole.residentMegabytes,
  };
  console.log(JSON.stringify(row));
  return row;
});
console.table(rows);

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

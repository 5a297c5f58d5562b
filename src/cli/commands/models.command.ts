import { createInterface } from 'node:readline/promises';
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { Command, Option, SubCommand } from 'nest-commander';
import { AppError } from '../../common/index.ts';
import { CliCommand, wholeNumberOption, type CommonOptions } from '../command.ts';
import { assertNotInUse } from './models.in-use.ts';
import { describeListed, describeProposal, megabytes, variant } from './models.print.ts';
import { withModels } from './models.with-models.ts';

interface PullOptions extends CommonOptions {
  readonly from?: string;
  readonly mirror?: string;
}

@SubCommand({
  name: 'pull',
  arguments: '<model>',
  argsDescription: { model: 'the name of a published model, such as mobilenet-v2' },
  description: 'Fetch a published model once, check it, and register it.',
})
export class ModelsPullCommand extends CliCommand {
  async run([id = '']: string[], { from, mirror, json }: PullOptions): Promise<void> {
    await withModels(async (registry) => {
      const interrupted = new AbortController();
      const onSignal = () => interrupted.abort(interruption());
      process.once('SIGINT', onSignal);
      try {
        const { model, fresh } = await registry.pull(id, {
          ...(from === undefined ? {} : { from: resolve(from) }),
          mirror,
          signal: interrupted.signal,
          onAddress: (url, problem) => {
            if (json) return;
            process.stderr.write(problem === undefined ? `fetching ${url}\n` : `  ${problem}\n`);
          },
        });
        if (json) process.stdout.write(`${JSON.stringify({ ...model, fresh })}\n`);
        else if (fresh) process.stdout.write(`registered ${variant(model)}: ${model.file}\n`);
        else process.stdout.write(`${variant(model)} is registered already: ${model.file}\n`);
      } finally {
        process.off('SIGINT', onSignal);
      }
    });
  }

  @Option({ flags: '--from <file>', description: 'a file that was fetched elsewhere; nothing is downloaded' })
  from(value: string): string {
    return value;
  }

  @Option({ flags: '--mirror <url>', description: 'fetch from this URL and no other; the bytes are checked' })
  mirror(value: string): string {
    return value;
  }

  @Option({ flags: '--json', description: 'print one JSON object' })
  json(): boolean {
    return true;
  }
}

interface AddOptions extends CommonOptions {
  readonly id?: string;
  readonly size?: number;
  readonly resize?: number;
  readonly mean?: number[];
  readonly std?: number[];
  readonly scale?: 1 | 255;
  readonly layout?: 'NCHW' | 'NHWC';
  readonly output?: string;
  readonly dimension?: number;
  readonly precision?: 'int8' | 'float32';
  readonly revision?: string;
  readonly licence?: string;
  readonly source?: string;
  readonly yes?: boolean;
}

@SubCommand({
  name: 'add',
  arguments: '<file>',
  argsDescription: { file: 'an ONNX file, or the model.json (or its folder) of a TensorFlow.js model' },
  description:
    'Register any ONNX or TensorFlow.js model of pictures: inspect it, propose an entry of the manifest, run it on ' +
    'sample pictures. EMBEDDING_RUNTIME says which of the two kinds new indexes are made with.',
})
export class ModelsAddCommand extends CliCommand {
  async run([file = '']: string[], { yes, json, ...options }: AddOptions): Promise<void> {
    await withModels(async (registry) => {
      const proposal = await registry.propose(resolve(file), options);
      // With --json, standard output is for what was registered.
      if (!json) process.stdout.write(describeProposal(proposal));
      if (!yes && !(await confirmed())) {
        throw new AppError(
          'NOT_CONFIRMED',
          'Nothing was registered. Add --yes to register the model as proposed.',
        );
      }
      const model = await registry.register(proposal);
      process.stdout.write(
        json ? `${JSON.stringify(model)}\n` : `registered ${variant(model)}: ${model.file}\n`,
      );
    });
  }

  @Option({
    flags: '--id <id>',
    description: 'what to call it: a-z, 0-9, "." and "-" (default: from the name of the file or folder)',
  })
  id(value: string): string {
    return value;
  }

  @Option({
    flags: '--size <pixels>',
    description: "side of the network's square input (default: as the file says)",
  })
  size(value: string): number {
    return wholeNumberOption(value, { min: 1, max: 4096 });
  }

  @Option({
    flags: '--resize <pixels>',
    description: 'the shorter side before the centre is cropped (default: 256 for each 224 of the size)',
  })
  resize(value: string): number {
    return wholeNumberOption(value, { min: 1, max: 4096 });
  }

  @Option({
    flags: '--mean <numbers...>',
    description: 'subtracted from R, G, B: on 0…1 or on 0…255, one number or three (default: of ImageNet)',
  })
  mean(value: string, earlier?: number[]): number[] {
    return numbers(value, earlier);
  }

  @Option({ flags: '--std <numbers...>', description: 'divides R, G, B after that, on the same scale' })
  std(value: string, earlier?: number[]): number[] {
    return numbers(value, earlier);
  }

  @Option({
    flags: '--scale <1|255>',
    description: 'the scale of --mean and --std (default: 1 where none of them is above 1)',
  })
  scale(value: string): 1 | 255 {
    if (value !== '1' && value !== '255') throw new InvalidArgumentError('Expected 1 or 255.');
    return value === '1' ? 1 : 255;
  }

  @Option({ flags: '--layout <layout>', description: 'NCHW or NHWC (default: by the shape of the input)' })
  layout(value: string): 'NCHW' | 'NHWC' {
    const layout = value.toUpperCase();
    if (layout !== 'NCHW' && layout !== 'NHWC') throw new InvalidArgumentError('Expected NCHW or NHWC.');
    return layout;
  }

  @Option({
    flags: '--output <name>',
    description:
      'the output, or a tensor, node or layer inside, that holds the features (default: what looks most like it)',
  })
  output(value: string): string {
    return value;
  }

  @Option({
    flags: '--dimension <numbers>',
    description: 'refuse it unless its vectors have so many numbers',
  })
  dimension(value: string): number {
    return wholeNumberOption(value, { min: 1, max: 65_536 });
  }

  @Option({ flags: '--precision <precision>', description: 'int8 or float32 (default: by its operators)' })
  precision(value: string): 'int8' | 'float32' {
    return precisionOption(value);
  }

  @Option({ flags: '--revision <text>', description: 'which release of the model it is (default: 1)' })
  revision(value: string): string {
    return value;
  }

  @Option({ flags: '--licence <spdx>', description: 'SPDX identifier (default: NOASSERTION)' })
  licence(value: string): string {
    return value;
  }

  @Option({
    flags: '--source <text>',
    description: 'where it came from (default: the name and sha256 of the file)',
  })
  source(value: string): string {
    return value;
  }

  @Option({ flags: '-y, --yes', description: 'register it without asking' })
  yes(): boolean {
    return true;
  }

  @Option({ flags: '--json', description: 'print one JSON object' })
  json(): boolean {
    return true;
  }
}

@SubCommand({ name: 'list', description: 'List the models that there are, and those that can be pulled.' })
export class ModelsListCommand extends CliCommand {
  async run(_arguments: string[], { json }: CommonOptions): Promise<void> {
    await withModels(async (registry) => {
      const models = await registry.list();
      for (const listed of models) {
        const { model, bundled, complete } = listed;
        process.stdout.write(
          json ? `${JSON.stringify({ ...model, bundled, complete })}\n` : describeListed(listed),
        );
      }
      const missing = registry.known.filter(({ id }) => models.every(({ model }) => model.id !== id));
      if (json) return;
      for (const { id, bytes } of missing) {
        process.stdout.write(
          `${id.padEnd(24)} ${megabytes(bytes)}  not here yet: lookalike models pull ${id}\n`,
        );
      }
    });
  }

  @Option({ flags: '--json', description: 'print one JSON object a model' })
  json(): boolean {
    return true;
  }
}

interface RemoveOptions extends CommonOptions {
  readonly precision?: 'int8' | 'float32';
  readonly format?: string;
  readonly force?: boolean;
}

@SubCommand({
  name: 'remove',
  arguments: '<model>',
  description: 'Take a registered model off the list and delete its files, unless an index was made with it.',
})
export class ModelsRemoveCommand extends CliCommand {
  async run([id = '']: string[], { json, force = false, ...filter }: RemoveOptions): Promise<void> {
    await withModels(async (registry, dataDir) => {
      const model = await registry.remove(id, filter, async (found) => {
        if (!force) await assertNotInUse(found, dataDir);
      });
      process.stdout.write(json ? `${JSON.stringify(model)}\n` : `removed ${variant(model)}\n`);
    });
  }

  @Option({ flags: '--precision <precision>', description: 'which of several: int8 or float32' })
  precision(value: string): 'int8' | 'float32' {
    return precisionOption(value);
  }

  @Option({ flags: '--format <format>', description: 'which of several: onnx, tfjs-graph or tfjs-layers' })
  format(value: string): string {
    return value;
  }

  @Option({ flags: '--force', description: 'even where indexes can then no longer be searched' })
  force(): boolean {
    return true;
  }

  @Option({ flags: '--json', description: 'print one JSON object' })
  json(): boolean {
    return true;
  }
}

@Command({
  name: 'models',
  description: 'Fetch, register, list and remove models.',
  subCommands: [ModelsPullCommand, ModelsAddCommand, ModelsListCommand, ModelsRemoveCommand],
})
export class ModelsCommand extends CliCommand {
  async run(): Promise<void> {
    this.command.error('error: name one of pull, add, list, remove');
  }
}

function precisionOption(value: string): 'int8' | 'float32' {
  if (value !== 'int8' && value !== 'float32') throw new InvalidArgumentError('Expected int8 or float32.');
  return value;
}

/** Numbers given one by one or with commas. */
function numbers(value: string, earlier: readonly number[] = []): number[] {
  const more = value.split(',').map((text) => (text.trim() === '' ? NaN : Number(text)));
  if (!more.every(Number.isFinite))
    throw new InvalidArgumentError('Expected numbers, such as 0.485 0.456 0.406.');
  return [...earlier, ...more];
}

async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question('Register it? [y/N] ')).trim());
  } finally {
    terminal.close();
  }
}

function interruption(): AppError {
  return new AppError(
    'INTERRUPTED',
    'Stopped. What has come so far is kept, and the next pull goes on with it.',
  );
}

import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { notConfirmed } from '../../cli.errors.ts';
import { addExamples, jsonOption, wholeNumber, type CommonOptions } from '../../options.ts';
import { describeProposal, variant } from './describe-model.ts';
import {
  fitOption,
  interpolationOption,
  layoutOption,
  numbersOption,
  precisionOption,
  scaleOption,
  type Precision,
} from './model-options.ts';
import { withRegistry } from './with-registry.ts';

interface AddOptions extends CommonOptions {
  readonly recipe?: string;
  readonly id?: string;
  readonly size?: number;
  readonly resize?: number;
  readonly mean?: number[];
  readonly std?: number[];
  readonly scale?: 1 | 255;
  readonly fit?: 'crop' | 'stretch';
  readonly interpolation?: 'bicubic' | 'bilinear';
  readonly layout?: 'NCHW' | 'NHWC';
  readonly output?: string;
  readonly dimension?: number;
  readonly precision?: Precision;
  readonly revision?: string;
  readonly licence?: string;
  readonly source?: string;
  readonly text?: string;
  readonly tokenizer?: string;
  readonly textLength?: number;
  readonly textPadding?: number;
  readonly textOutput?: string;
  readonly textLowerCase?: boolean;
  readonly yes?: boolean;
}

export function addModelsAdd(parent: Command): void {
  const pixels = wholeNumber({ min: 1, max: 4096 });
  const command = parent
    .command('add')
    .description(
      'Register an ONNX or TensorFlow.js network of your own: inspect the file, run it on sample pictures, and ' +
        'propose an entry for the manifest. EMBEDDING_RUNTIME decides which of the two kinds new indexes use.',
    )
    .argument('<file>', 'an ONNX file, or the model.json (or its folder) of a TensorFlow.js model')
    .option(
      '--recipe <name>',
      'the published network that it is: sets preprocessing, output and licence; see `models recipes`. ' +
        'The options below override it',
    )
    .option(
      '--id <id>',
      'what to call it: a-z, 0-9, "." and "-" (default: the name of the recipe, or of the file or folder)',
    )
    .option('--size <pixels>', "side of the network's square input (default: as the file says)", pixels)
    .option(
      '--resize <pixels>',
      'the shorter side before the centre is cropped (default: 256 for each 224 of the size)',
      pixels,
    )
    .option(
      '--mean <numbers...>',
      "subtracted from R, G, B, on the scale of 0 to 1 or 0 to 255; one number or three (default: ImageNet's)",
      numbersOption,
    )
    .option(
      '--std <numbers...>',
      "divides R, G, B after that, on the same scale (default: ImageNet's)",
      numbersOption,
    )
    .option(
      '--scale <1|255>',
      'the scale of --mean and --std (default: 1 if none of them is above 1, otherwise 255)',
      scaleOption,
    )
    .option('--fit <fit>', 'crop the centre, or stretch both sides to the size (default: crop)', fitOption)
    .option(
      '--interpolation <kind>',
      'bicubic or bilinear, when pictures are resized (default: bicubic)',
      interpolationOption,
    )
    .option('--layout <layout>', 'NCHW or NHWC (default: from the shape of the input)', layoutOption)
    .option(
      '--output <name>',
      'the output, or a tensor, node or layer inside, that holds the features (default: what looks most like it)',
    )
    .option(
      '--dimension <numbers>',
      'refuse the network unless its vectors have this many numbers',
      wholeNumber({ min: 1, max: 65_536 }),
    )
    .option('--precision <precision>', 'int8 or float32 (default: from its operators)', precisionOption)
    .option('--revision <text>', 'which release of the model it is (default: 1)')
    .option('--licence <spdx>', 'SPDX identifier (default: that of the recipe, or NOASSERTION)')
    .option('--source <text>', 'where it came from (default: the name and sha256 of the file)')
    .option('--text <file>', 'the ONNX file of its text tower, to search with text; needs --tokenizer')
    .option('--tokenizer <file>', 'the tokenizer.json of the text tower')
    .option(
      '--text-length <tokens>',
      'tokens per text (default: as the recipe or the file says)',
      wholeNumber({ min: 2, max: 4096 }),
    )
    .option(
      '--text-padding <id>',
      'the id that fills a text up (default: that of the recipe, or 0)',
      wholeNumber({ min: 0, max: 2_000_000 }),
    )
    .option('--text-output <name>', 'the output of the text tower (default: as the recipe says)')
    .option('--text-lower-case', 'put texts in lower case first (default: as the recipe says)')
    .option('-y, --yes', 'register it without asking')
    .addOption(jsonOption('print one JSON object'))
    .action(add);
  addExamples(
    command,
    'models add ./vision_model.onnx --recipe clip-vit-b32',
    'models add ./vision_model.onnx --recipe clip-vit-b32 --text ./text_model.onnx --tokenizer ./tokenizer.json',
    'models add ./dinov2.onnx --size 224 --resize 256 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225',
    'models add ./mobilenet/model.json --id mobilenet --size 224 --mean 0.5 --std 0.5 --yes',
  );
}

async function add(file: string, { yes, json, text, tokenizer, ...given }: AddOptions): Promise<void> {
  const options = {
    ...given,
    ...(text !== undefined && { text: resolve(text) }),
    ...(tokenizer !== undefined && { tokenizer: resolve(tokenizer) }),
  };
  await withRegistry(async ({ registry }) => {
    const proposal = await registry.propose(resolve(file), options);
    // With --json, standard output is for what was registered.
    if (!json) process.stdout.write(describeProposal(proposal));
    if (!yes && !(await confirmed())) throw notConfirmed();
    const model = await registry.register(proposal);
    process.stdout.write(
      json ? `${JSON.stringify(model)}\n` : `registered ${variant(model)}: ${model.file}\n`,
    );
  });
}

async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // In a question the terminal reads Ctrl-C as a key.
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return /^y(es)?$/i.test((await terminal.question('Register it? [y/N] ')).trim());
  } finally {
    terminal.close();
  }
}

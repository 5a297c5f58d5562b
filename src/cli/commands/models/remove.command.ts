import type { Command } from 'commander';
import { addExamples, jsonOption, type CommonOptions } from '../../options.ts';
import { variant } from './describe-model.ts';
import { precisionOption, type Precision } from './model-options.ts';
import { withRegistry } from './with-registry.ts';

interface RemoveOptions extends CommonOptions {
  readonly precision?: Precision;
  readonly format?: string;
  readonly force?: boolean;
}

export function addModelsRemove(parent: Command): void {
  const command = parent
    .command('remove')
    .description('Remove a registered model and its files, unless an index was made with it.')
    .argument('<model>', 'the name of a registered model')
    .option('--precision <precision>', 'which of several: int8 or float32', precisionOption)
    .option('--format <format>', 'which of several: onnx, tfjs-graph or tfjs-layers')
    .option('--force', 'even if indexes can then no longer be searched')
    .addOption(jsonOption('print one JSON object'))
    .action(remove);
  addExamples(command, 'models remove mobilenet-v2', 'models remove mobilenet-v2 --format tfjs-graph');
}

async function remove(id: string, { json, force = false, ...filter }: RemoveOptions): Promise<void> {
  await withRegistry(async ({ registry, assertNotInUse }) => {
    const model = await registry.remove(id, filter, async (found) => {
      if (!force) await assertNotInUse(found);
    });
    process.stdout.write(json ? `${JSON.stringify(model)}\n` : `removed ${variant(model)}\n`);
  });
}

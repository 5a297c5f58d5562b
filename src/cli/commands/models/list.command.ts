import type { Command } from 'commander';
import { addExamples, jsonOption, type CommonOptions } from '../../options.ts';
import { describeListed, megabytes } from './describe-model.ts';
import { withRegistry } from './with-registry.ts';

export function addModelsList(parent: Command): void {
  const command = parent
    .command('list')
    .description('List the models that are available, and those that can be pulled.')
    .addOption(jsonOption('print one JSON object per model'))
    .action(list);
  addExamples(command, 'models list', 'models list --json');
}

async function list({ json }: CommonOptions): Promise<void> {
  await withRegistry(async ({ registry }) => {
    const models = await registry.list();
    for (const listed of models) {
      const { model, bundled, complete } = listed;
      process.stdout.write(
        json ? `${JSON.stringify({ ...model, bundled, complete })}\n` : describeListed(listed),
      );
    }
    if (json) return;
    const missing = registry.known.filter(({ id }) => models.every(({ model }) => model.id !== id));
    for (const { id, bytes } of missing) {
      process.stdout.write(
        `${id.padEnd(24)} ${megabytes(bytes)}  not fetched yet: lookalike models pull ${id}\n`,
      );
    }
  });
}

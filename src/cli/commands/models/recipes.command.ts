import type { Command } from 'commander';
import { addExamples, jsonOption, type CommonOptions } from '../../options.ts';
import { formatTable } from '../../terminal/table.ts';

export function addModelsRecipes(parent: Command): void {
  const command = parent
    .command('recipes')
    .description(
      'List the recipes for `models add --recipe`: what is known about published networks, with their licences. ' +
        'The files are for you to bring.',
    )
    .addOption(jsonOption('print one JSON object per recipe'))
    .action(list);
  addExamples(command, 'models recipes', 'models recipes --json');
}

async function list({ json }: CommonOptions): Promise<void> {
  // Help needs none of this.
  const { RECIPES } = await import('../../../embeddings/index.ts');
  if (json) {
    for (const recipe of RECIPES) process.stdout.write(`${JSON.stringify(recipe)}\n`);
    return;
  }
  const columns = [
    { header: 'recipe' },
    { header: 'size', align: 'right' },
    { header: 'numbers', align: 'right' },
    { header: 'text' },
    { header: 'licence' },
    { header: 'text of the licence' },
  ] as const;
  const rows = RECIPES.map(({ name, size, dimension, text, licence, licenceUrl }) => [
    name,
    String(size),
    String(dimension),
    text === undefined ? 'no' : 'yes',
    licence,
    licenceUrl,
  ]);
  process.stdout.write(formatTable(columns, rows));
}

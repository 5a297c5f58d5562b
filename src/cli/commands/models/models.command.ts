import type { Command } from 'commander';
import { addExamples } from '../../options.ts';
import { addModelsAdd } from './add.command.ts';
import { addModelsList } from './list.command.ts';
import { addModelsPull } from './pull.command.ts';
import { addModelsRecipes } from './recipes.command.ts';
import { addModelsRemove } from './remove.command.ts';

export function addModels(program: Command): void {
  const command = program
    .command('models')
    .description('Fetch, register, list and remove models.')
    .helpCommand(false);
  addModelsPull(command);
  addModelsAdd(command);
  addModelsRecipes(command);
  addModelsList(command);
  addModelsRemove(command);
  addExamples(command, 'models list', 'models pull mobilenet-v2');
}

import type { Command } from 'commander';
import { filesDamaged } from '../cli.errors.ts';
import { addExamples, jsonOption, type CommonOptions } from '../options.ts';
import type { Apps } from '../open-apps.ts';
import { runJobs } from '../run-job.ts';
import { withApps } from '../with-apps.ts';

export function addVerify(program: Command): void {
  const command = program
    .command('verify')
    .description('Check the stored files of images, and fetch damaged and missing ones again.')
    .argument('[dataset]', 'name of the dataset (default: all)')
    .addOption(jsonOption('print JSON, one object per line'))
    .action(verify);
  addExamples(command, 'verify', 'verify shop');
}

async function verify(name: string | undefined, options: CommonOptions): Promise<void> {
  await withApps(async (apps) => {
    const { datasets } = apps;
    const names = name === undefined ? await allNames(apps) : [name];
    const requests = names.map((one) => async () => {
      const { id } = await datasets.resolve(one);
      if (names.length > 1 && !options.json) process.stdout.write(`${one}: `);
      return datasets.enqueueVerify(id);
    });
    const ended = await runJobs(apps, requests, options);
    const damaged = ended.reduce((sum, { failed }) => sum + failed, 0);
    if (damaged > 0) throw filesDamaged(damaged);
  });
}

async function allNames({ datasets }: Apps): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of datasets.all()) names.push(name);
  return names;
}

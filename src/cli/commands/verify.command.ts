import type { Command } from 'commander';
import { filesDamaged } from '../cli.errors.ts';
import { addExamples, jsonOption, type CommonOptions } from '../options.ts';
import { runJob } from '../run-job.ts';
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
  const names = name === undefined ? await allNames() : [name];
  let damaged = 0;
  // Each in apps of its own: the runner of one is stopped after its job.
  for (const one of names) {
    await withApps(async (apps) => {
      const { id } = await apps.datasets.resolve(one);
      if (names.length > 1 && !options.json) process.stdout.write(`${one}: `);
      const { failed } = await runJob(apps, await apps.datasets.enqueueVerify(id), options);
      damaged += failed;
    });
  }
  if (damaged > 0) throw filesDamaged(damaged);
}

async function allNames(): Promise<string[]> {
  const names: string[] = [];
  await withApps(async ({ datasets }) => {
    for await (const { name } of datasets.all()) names.push(name);
  });
  return names;
}

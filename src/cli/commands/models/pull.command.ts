import { resolve } from 'node:path';
import type { Command } from 'commander';
import { downloadStopped } from '../../cli.errors.ts';
import { formatError } from '../../exit.ts';
import { interruptible } from '../../interruption.ts';
import { addExamples, jsonOption, type CommonOptions } from '../../options.ts';
import { variant } from './describe-model.ts';
import { withRegistry } from './with-registry.ts';

interface PullOptions extends CommonOptions {
  readonly from?: string;
  readonly mirror?: string;
}

export function addModelsPull(parent: Command): void {
  const command = parent
    .command('pull')
    .description('Fetch a published model, check it, and register it.')
    .argument('<model>', 'the name of a published model, such as mobilenet-v2')
    .option('--from <file>', 'use a file that was fetched elsewhere; nothing is downloaded')
    .option('--mirror <url>', 'fetch from this URL only; the bytes are checked all the same')
    .addOption(jsonOption('print one JSON object'))
    .action(pull);
  addExamples(command, 'models pull mobilenet-v2', 'models pull mobilenet-v2 --from ./mobilenetv2-12.onnx');
}

async function pull(id: string, { from, mirror, json }: PullOptions): Promise<void> {
  await withRegistry(async ({ registry }) => {
    const late = () => formatError(downloadStopped());
    await interruptible({ late }, async (signal) => {
      const stop = new AbortController();
      signal.addEventListener('abort', () => stop.abort(downloadStopped()), { once: true });
      const { model, fresh } = await registry.pull(id, {
        ...(from === undefined ? {} : { from: resolve(from) }),
        mirror,
        signal: stop.signal,
        onAddress: (url, problem) => {
          if (json) return;
          process.stderr.write(problem === undefined ? `fetching ${url}\n` : `  ${problem}\n`);
        },
      });
      if (json) process.stdout.write(`${JSON.stringify({ ...model, fresh })}\n`);
      else if (fresh) process.stdout.write(`registered ${variant(model)}: ${model.file}\n`);
      else process.stdout.write(`${variant(model)} is registered already: ${model.file}\n`);
    });
  });
}

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { addExamples } from '../options.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SAMPLES = join(ROOT, 'samples', 'stamps');

interface DemoOptions {
  readonly model?: string;
}

export function addDemo(program: Command): void {
  const command = program
    .command('demo')
    .description('Import 100 sample pictures, index them, and search with six others.')
    .option(
      '--model <spec>',
      'model to index with (default: that of an existing index, or the default model)',
    )
    .addHelpText('after', '\nThe data go to data/demo, unless LOOKALIKE_DATA_DIR names another folder.')
    .action(demo);
  addExamples(command, 'demo', 'demo --model best');
}

/** Runs the commands that it prints, so that a person can type them as well. A second run imports nothing twice. */
function demo({ model }: DemoOptions): void {
  const environment: Readonly<Record<string, string | undefined>> = process.env;
  const named = environment.LOOKALIKE_DATA_DIR;
  const dataDir = resolve(named === undefined || named === '' ? join('data', 'demo') : named);
  const samples = shown(SAMPLES);
  const sheet = join(dataDir, 'contact-sheet.html');
  const queries = readdirSync(join(SAMPLES, 'queries'))
    .sort()
    .map((file) => `${samples}/queries/${file}`);
  const commands = [
    ['import', 'imaterialist', `${samples}/annotations.json`, '--dataset', 'stamps'],
    ['index', 'stamps', ...(model === undefined ? [] : ['--model', model])],
    ['search', 'stamps', ...queries, '-k', '5', '--html', shown(sheet)],
  ];

  print(`$ export LOOKALIKE_DATA_DIR=${shown(dataDir)}`);
  for (const args of commands) {
    print(`\n$ lookalike ${args.join(' ')}`);
    const { status } = spawnSync(process.execPath, [join(ROOT, 'bin', 'lookalike.js'), ...args], {
      env: { ...environment, LOOKALIKE_DATA_DIR: dataDir },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status === 0) continue;
    process.exitCode = status ?? 1;
    return;
  }
  // A checkout has no command "lookalike" of its own.
  const serve = resolve(ROOT) === process.cwd() ? 'npm start' : 'lookalike serve';
  print(`\nOpen ${shown(sheet)} in a browser to see the pictures. To search them on a page:\n`);
  const port = Number(environment.PORT ?? '') || 3000;
  print(`$ LOOKALIKE_DATA_DIR=${shown(dataDir)} ${serve}     # then open http://127.0.0.1:${port}`);
}

/** A path as a person would type it here. */
function shown(path: string): string {
  return relative(process.cwd(), path) || '.';
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

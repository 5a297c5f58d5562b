import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ImportRequest, ImportSource, SyncRequest } from '../../../datasets/index.ts';
import { addExamples, jsonOption, RepeatableOption, wholeNumber, type CommonOptions } from '../../options.ts';
import { printPreview } from '../../print-preview.ts';
import { runImport } from '../../run-import.ts';
import { withApps } from '../../with-apps.ts';
import { addTimeOptions, type TimeOptions } from '../sources/time-options.ts';
import { keepSource, replaceSource } from '../sources/keep-source.ts';

/** Options of every import. */
export interface ImportOptions extends CommonOptions {
  readonly dataset: string;
  readonly label?: string[];
  readonly limit?: number;
  readonly maxFailures?: number;
  readonly acceptTruncated?: boolean;
  readonly dryRun?: boolean;
}

/** Options of every synchronisation. */
interface SyncCommandOptions extends ImportOptions {
  readonly maxDelete?: number;
  readonly overwrite?: boolean;
  readonly compare?: 'metadata' | 'checksum' | 'place';
}

/** What is done with a source, by the name of the parent command. */
const PURPOSES = {
  import: { example: 'import', dataset: 'dataset to import into', isSync: false },
  sync: { example: 'sync', dataset: 'dataset to bring in step', isSync: true },
  add: { example: 'source add shop', dataset: 'dataset to keep in step', isSync: true },
  edit: { example: 'source edit shop', dataset: 'dataset to keep in step', isSync: true },
} as const;

/**
 * Adds the options of every import, and what the command does with the source that it names: to import from it, to
 * bring the dataset in step with it, or to keep it under a name, as its parent command says.
 */
export function importsFrom<Options extends ImportOptions>(
  command: Command,
  source: (place: string, options: Options) => ImportSource,
  ...examples: readonly string[]
): void {
  const parent = command.parent?.name();
  const purpose = PURPOSES[parent as keyof typeof PURPOSES];
  const isKept = parent === 'add' || parent === 'edit';
  if (purpose.isSync) addSyncOptions(command);
  command
    .addOption(new Option('-d, --dataset <name>', purpose.dataset).makeOptionMandatory())
    .addOption(
      new RepeatableOption(
        '-l, --label <label>',
        'only images with this label, given by its key or name; may be repeated',
      ),
    )
    .option('--limit <images>', 'at most this many images', wholeNumber({ min: 1, max: 1_000_000_000 }))
    .option(
      '--max-failures <number>',
      'end once more items have failed, as in 100 or 1% (default: no limit)',
      failuresOption,
    )
    .option('--accept-truncated', 'take pictures of which a part is missing, with a warning');
  if (isKept) addTimeOptions(command);
  else {
    command.option(
      '--dry-run',
      purpose.isSync ? 'only show what would change' : 'only count what would be imported',
    );
  }
  command
    .addOption(jsonOption(isKept ? 'print the source as JSON' : 'print JSON, one object per line'))
    .action(async (place: string, given: Options & TimeOptions) => {
      // `import --json directory …` gives the option to `import`.
      const options = { ...given, ...command.optsWithGlobals<CommonOptions>() };
      const request = requestOf(source(place, options), options);
      if (parent === 'add') await keepSource(command, withSync(request, options), options);
      else if (parent === 'edit') await replaceSource(command, withSync(request, options), options);
      else await importImages(purpose.isSync ? withSync(request, options) : request, options);
    });
  addExamples(command, ...shownExamples(examples, purpose.example));
}

/** Kept sources cannot be tried first. */
function shownExamples(examples: readonly string[], start: string): string[] {
  return examples
    .map((example) => example.replace(/^import/, start))
    .map((example) => (start.startsWith('source') ? example.replace(' --dry-run', '') : example));
}

function addSyncOptions(command: Command): void {
  command
    .option(
      '--max-delete <share>',
      'the share of the images of the source that may be removed, as in 25% or 0.25; above it, none is (default: 10%)',
      shareOption,
    )
    .option('--overwrite', 'let the source win over what has been edited or deleted by hand')
    .addOption(
      new Option(
        '--compare <how>',
        'how pictures are compared: metadata (size and time of files, and what servers say of URLs), checksum ' +
          '(every picture is read) or place (the same path or URL is the same picture) (default: metadata)',
      ).choices(['metadata', 'checksum', 'place']),
    );
}

function shareOption(value: string): number {
  const [, digits, percent] = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(value) ?? [];
  const share = Number(digits) / (percent === '%' ? 100 : 1);
  if (share >= 0 && share <= 1) return share;
  throw new InvalidArgumentError('Expected a share such as 25% or 0.25.');
}

/** A share below 1 is a share of all items; 100 % is no limit. */
function failuresOption(value: string): number | undefined {
  if (/^\d+$/.test(value)) return Number(value);
  const share = shareOption(value);
  return share < 1 ? share : undefined;
}

function requestOf(
  source: ImportSource,
  { dataset, label, limit, maxFailures, acceptTruncated }: ImportOptions,
): ImportRequest {
  return { dataset, source, labelIds: label, limit, maxFailures, acceptTruncated };
}

function withSync(
  request: ImportRequest,
  { maxDelete, overwrite = false, compare = 'metadata' }: SyncCommandOptions,
): SyncRequest {
  const by = compare.toUpperCase() as 'METADATA' | 'CHECKSUM' | 'PLACE';
  return { ...request, sync: { ...(maxDelete === undefined ? {} : { maxDelete }), overwrite, compare: by } };
}

async function importImages(request: ImportRequest, options: ImportOptions): Promise<void> {
  await withApps(async (apps) => {
    if (options.dryRun) {
      printPreview(await apps.previews.preview(request, { trusted: true }), options);
      return;
    }
    const job = await apps.imports.enqueueImport(request, { trusted: true });
    await runImport(apps, job, options);
  });
}

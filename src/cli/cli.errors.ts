import { errorsOf } from '../common/app-error.ts';

const defineError = errorsOf('Command line');

export const jobCancelled = defineError({
  code: 'JOB_CANCELLED',
  status: null,
  meaning: 'Somebody cancelled the job that the command was waiting for.',
  remedy: 'Run the same command again to resume it.',
  message: 'The job was cancelled. Its work so far is kept. Run the same command again to resume it.',
});

export const jobFailed = defineError({
  code: 'JOB_FAILED',
  status: null,
  meaning: 'A job failed without giving a reason.',
  remedy: 'Check the log of the process that ran it.',
  message: (id: number) => `Job ${id} failed without giving a reason. The log of its process may say more.`,
});

export const interrupted = defineError({
  code: 'INTERRUPTED',
  status: null,
  meaning: 'A signal, such as Ctrl-C, ended the command.',
  remedy: 'Run the same command again to resume it.',
  message: (id: number, state: string) =>
    state === 'QUEUED'
      ? `Job ${id} went back to the queue. Run the same command again to resume it.`
      : `Job ${id} keeps running in another process. Run the same command again to watch it.`,
  details: (id, state) => ({ jobId: String(id), state }),
});

export const stoppedLate = interrupted.variant({
  message: (id: number) =>
    `Job ${id} did not stop in time and was abandoned. Run the same command again to resume it.`,
  details: (id) => ({ jobId: String(id) }),
});

export const filesDamaged = defineError({
  code: 'FILES_DAMAGED',
  status: null,
  meaning: 'Files of stored images are damaged or missing, and could not be fetched again.',
  remedy: 'Synchronise or import their sources again, or restore the folder `images` from a backup.',
  message: (images: number) =>
    `The files of ${images} image${images === 1 ? '' : 's'} are damaged or missing, and could not be fetched again. ` +
    'Synchronise or import their sources again, or restore the folder "images" from a backup.',
  details: (images) => ({ images }),
});

export const downloadStopped = interrupted.variant({
  message: 'The download was stopped. What has arrived is kept. Run the same command again to resume it.',
});

export const notConfirmed = defineError({
  code: 'NOT_CONFIRMED',
  status: null,
  meaning: 'The model was not registered because the question was not answered with yes.',
  remedy: 'Add `--yes` to register the model as proposed.',
  message: 'Nothing was registered. Add --yes to register the model as proposed.',
});

export const modelInUse = defineError({
  code: 'MODEL_IN_USE',
  status: null,
  meaning: 'Indexes were built with the model to remove, and cannot be searched without it.',
  remedy: 'Build them with another model first, or add `--force`.',
  message: (model: string, datasets: readonly string[]) =>
    `Indexes of these datasets were built with ${model} and cannot be searched without it: ` +
    `${datasets.join(', ')}. Build them with another model first (lookalike index DATASET --model MODEL --drop-replaced), or add --force.`,
  details: (model, datasets) => ({ model, datasets }),
});

export const whereInvalid = defineError({
  code: 'WHERE_INVALID',
  status: null,
  meaning: 'The filter after `--where` cannot be read.',
  remedy: 'Correct it at the caret. `lookalike search --help` shows what can be written.',
  message: (problem: string, position: number, shown: readonly string[]) =>
    `The filter cannot be read at character ${position}: ${problem}.\n${shown.map((line) => `  ${line}`).join('\n')}`,
  details: (_problem, position) => ({ position }),
});

export const whereTooLong = whereInvalid.variant({
  message: (max: number) => `The filter cannot be read: it has more than ${max} characters.`,
});

export const inputIsTerminal = defineError({
  code: 'INPUT_IS_TERMINAL',
  status: null,
  meaning: 'A picture was to be read from standard input, which is a terminal.',
  remedy: 'Pipe a picture into the command.',
  message:
    'There is no picture on standard input, which is a terminal. Pipe one into the command, as in: cat query.jpg | lookalike search DATASET -',
});

export const inputTooLarge = defineError({
  code: 'INPUT_TOO_LARGE',
  status: null,
  meaning: 'More bytes arrived on standard input than a picture may have.',
  remedy: 'Check what is piped into the command.',
  message: (maxBytes: number) =>
    `More than ${maxBytes / (1024 * 1024)} MiB arrived on standard input. Check what is piped into the command.`,
  details: (maxBytes) => ({ maxBytes }),
});

export const fileUnwritable = defineError({
  code: 'FILE_UNWRITABLE',
  status: null,
  meaning: 'The command cannot write the file that it was told to write.',
  remedy: 'Name a file in an existing folder that you may write to.',
  message: (file: string, reason: string) =>
    `${file} cannot be written (${reason}). Name a file in an existing folder that you may write to.`,
  details: (_file, reason) => ({ reason }),
});

export const nothingToExplain = defineError({
  code: 'NOTHING_TO_EXPLAIN',
  status: null,
  meaning: 'The search has found no hit whose score could be explained.',
  remedy: 'Import and index images, or name a hit with `--hit`.',
  message: (dataset: string) =>
    `There is no hit in the dataset "${dataset}". Import and index images, or name a hit with --hit.`,
  details: (dataset) => ({ dataset }),
});

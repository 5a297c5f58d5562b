import type { Argument, Command, Option } from 'commander';

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

export interface Completions {
  /** Whether names of files fit as well as the candidates. */
  readonly kind: 'words' | 'files';
  readonly candidates: readonly Candidate[];
}

const NOTHING: Completions = { kind: 'words', candidates: [] };
/** Options whose values are names of datasets, beside the arguments called so. */
const DATASET_OPTIONS: ReadonlySet<string | undefined> = new Set(['--dataset', '--retry-failed']);
/** Values that are files or folders, by the names of arguments and of the values of options. */
const FILES = /^(file|folder|picture|pictures|queries|annotations)$/;

/**
 * What the last of the words can become. `words` are those after the name of the program; the last is the one
 * that is being typed, perhaps empty.
 */
export async function completionsOf(
  program: Command,
  words: readonly string[],
  datasetNames: () => Promise<readonly string[]>,
): Promise<Completions> {
  const typed = joined(words);
  const current = typed.at(-1) ?? '';
  const { command, pending, taken } = read(program, typed.slice(0, -1));

  // bash passes the parts of "--option=value" as words of their own, and replaces the last of them alone.
  const assigned = /^(--[^=]+)=(.*)$/s.exec(current);
  if (pending !== undefined) return valuesOf(pending, current, '');
  if (assigned !== null) {
    const [, flag = '', value = ''] = assigned;
    const option = optionOf(command, flag);
    const isSplit = words.at(-1) !== current;
    return option === undefined ? NOTHING : valuesOf(option, value, isSplit ? '' : `${flag}=`);
  }
  if (current.startsWith('-') && current !== '-') return starting(current, optionsOf(command));
  const argument = argumentAt(command, taken);
  const commands = taken === 0 ? command.createHelp().visibleCommands(command) : [];
  const named = commands.map((one) => ({ value: one.name(), description: summary(one.description()) }));
  if (argument === undefined) return starting(current, named);
  const values = await argumentValues(argument, current);
  return { kind: values.kind, candidates: [...starting(current, named).candidates, ...values.candidates] };

  async function valuesOf(option: Option, value: string, prefix: string): Promise<Completions> {
    if (DATASET_OPTIONS.has(option.long)) return starting(value, await datasets(), prefix);
    if (option.argChoices !== undefined) return starting(value, choices(option.argChoices), prefix);
    const [, name = ''] = /[<[]([^>\]]+)[>\]]/.exec(option.flags) ?? [];
    return FILES.test(name.replace('...', '')) || option.long === '--from'
      ? { ...NOTHING, kind: 'files' }
      : NOTHING;
  }

  async function argumentValues(argument: Argument, value: string): Promise<Completions> {
    if (argument.name() === 'dataset') return starting(value, await datasets());
    if (argument.argChoices !== undefined) return starting(value, choices(argument.argChoices));
    return FILES.test(argument.name()) ? { ...NOTHING, kind: 'files' } : NOTHING;
  }

  async function datasets(): Promise<Candidate[]> {
    return (await datasetNames()).map((name) => ({ value: name, description: 'dataset' }));
  }
}

/** The command that the words name, the option that waits for its value, and how many arguments it has. */
function read(program: Command, words: readonly string[]) {
  let command = program;
  let pending: Option | undefined;
  let taken = 0;
  let areOptions = true;
  for (const word of words) {
    if (pending !== undefined) {
      pending = undefined;
      continue;
    }
    if (areOptions && word === '--') areOptions = false;
    else if (areOptions && word.startsWith('-') && word !== '-') {
      const option = word.includes('=') ? undefined : optionOf(command, word);
      if (option?.required === true) pending = option;
    } else {
      const sub = taken === 0 ? command.commands.find((one) => one.name() === word) : undefined;
      if (sub === undefined) taken += 1;
      else command = sub;
    }
  }
  return { command, pending, taken };
}

/** Puts `--option`, `=` and `value` together again, which bash takes apart. */
function joined(words: readonly string[]): string[] {
  const whole: string[] = [];
  for (const [at, word] of words.entries()) {
    const before = whole.at(-1);
    const follows = before?.startsWith('--') === true;
    if (word === '=' && follows) whole[whole.length - 1] = `${before}=`;
    else if (words[at - 1] === '=' && follows && before.endsWith('='))
      whole[whole.length - 1] = before + word;
    else whole.push(word);
  }
  return whole;
}

function optionOf(command: Command, flag: string): Option | undefined {
  return command.options.find(({ long, short }) => flag === long || flag === short);
}

function optionsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, short, description }) => ({
      value: long ?? short ?? '',
      description: summary(description),
    }));
}

function argumentAt(command: Command, at: number): Argument | undefined {
  const last = command.registeredArguments.at(-1);
  return command.registeredArguments[at] ?? (last?.variadic === true ? last : undefined);
}

function choices(values: readonly string[]): Candidate[] {
  return values.map((value) => ({ value, description: '' }));
}

function starting(text: string, candidates: readonly Candidate[], prefix = ''): Completions {
  const fitting = candidates.filter(({ value }) => value.startsWith(text));
  return {
    kind: 'words',
    candidates: fitting.map(({ value, description }) => ({ value: `${prefix}${value}`, description })),
  };
}

/** The first sentence, in one line. */
function summary(description: string): string {
  return description
    .replace(/\s+/g, ' ')
    .replace(/(\.|;|\(default).*$/, '')
    .trim();
}

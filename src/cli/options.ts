import { InvalidArgumentError, Option, type Command } from 'commander';

/** Options every command has. */
export interface CommonOptions {
  readonly json?: boolean;
}

/** Reads the value of an option as a whole number; anything else is a usage error. */
export function wholeNumber(bounds: {
  readonly min: number;
  readonly max: number;
}): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= bounds.min && value <= bounds.max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${bounds.min} to ${bounds.max}.`);
  };
}

/** Reads a number that may have a fraction or a sign; anything else is a usage error. */
export function decimalNumber(bounds: {
  readonly min: number;
  readonly max: number;
}): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value >= bounds.min && value <= bounds.max) return value;
    throw new InvalidArgumentError(`Expected a number from ${bounds.min} to ${bounds.max}.`);
  };
}

/** An option that may be given several times. Any other that takes a value is refused the second time. */
export class RepeatableOption extends Option {
  /** Collects the values in a list, unless there is another `argParser`. */
  constructor(flags: string, description: string) {
    super(flags, description);
    this.argParser(collect);
  }
}

function collect(value: string, earlier: readonly string[] | undefined): string[] {
  return [...(earlier ?? []), value];
}

/** `--json`, with what one line of the output then is. */
export function jsonOption(description: string): Option {
  return new Option('--json', description);
}

/** Shows complete command lines below the help of a command. */
export function addExamples(command: Command, ...lines: readonly string[]): Command {
  const shown = lines.map((line) => `  $ lookalike ${line}\n`).join('');
  return command.addHelpText('after', `\nExamples:\n${shown}`);
}

import { Command as Commander, InvalidArgumentError } from 'commander';
import { CommandRunner } from 'nest-commander';

/** A command that throws its usage errors to the one handler in exit.ts, subcommands included. */
export abstract class CliCommand extends CommandRunner {
  override setCommand(command: Commander): this {
    command.exitOverride();
    return super.setCommand(command);
  }
}

/** Options every command has. */
export interface CommonOptions {
  readonly json?: boolean;
}

/** Reads an option's value as a whole number; anything else is a usage error. */
export function wholeNumberOption(text: string, bounds: { min: number; max: number }): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= bounds.min && value <= bounds.max) return value;
  throw new InvalidArgumentError(`Expected a whole number from ${bounds.min} to ${bounds.max}.`);
}

/** Adds the value of an option that may be given several times. */
export function collect(value: string, earlier: readonly string[] | undefined): string[] {
  return [...(earlier ?? []), value];
}

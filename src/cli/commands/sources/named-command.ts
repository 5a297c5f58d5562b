import { Command } from 'commander';

/** A command whose subcommands stand behind a name: `source add shop directory …`. */
export class NamedCommand extends Command {
  /** The name that was given; undefined without one. */
  given: string | undefined;

  override parseOptions(args: string[]): ReturnType<Command['parseOptions']> {
    const [first, ...others] = args;
    if (first === undefined || first.startsWith('-') || this.isSubcommand(first))
      return super.parseOptions(args);
    this.given = first;
    return super.parseOptions(others);
  }

  private isSubcommand(word: string): boolean {
    return this.commands.some((command) => command.name() === word);
  }
}

/** The name that the parent of a command was given. Ends with a usage error without one. */
export function givenName(command: Command): string {
  const { parent } = command;
  const name = parent instanceof NamedCommand ? parent.given : undefined;
  return name ?? command.error("error: missing required argument 'name'");
}

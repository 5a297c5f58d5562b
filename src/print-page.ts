import { writeFile } from 'node:fs/promises';

/**
 * Prints a generated file or, if the command line names a file, replaces that. The file is left alone if the text
 * cannot be made, which a redirection of the shell would have emptied by then.
 */
export async function printPage(
  text: string,
  [file]: readonly string[] = process.argv.slice(2),
): Promise<void> {
  if (file === undefined) process.stdout.write(text);
  else await writeFile(file, text);
}

import stringWidth from 'string-width';

/** A text as one line, and a line with a caret under a place in it. */
export function shownAt(text: string, offset: number): [line: string, caret: string] {
  const line = text.replaceAll(/\s/g, ' ');
  return [line, `${' '.repeat(stringWidth(line.slice(0, offset)))}^`];
}

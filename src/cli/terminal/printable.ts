/** Control characters, and those that change the direction of text: what could take over a terminal. */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Text from a catalogue, on one line and without characters that a terminal would obey. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\u{fffd}');
}

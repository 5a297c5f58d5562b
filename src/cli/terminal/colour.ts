import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/**
 * Styles text for the stream that it is written to: only if that is a terminal which shows colours, and never
 * with NO_COLOR. FORCE_COLOR turns colours on for anything else.
 */
export function coloured(style: Style, text: string, stream: NodeJS.WriteStream): string {
  return text === '' ? '' : styleText(style, text, { stream });
}

/** Directives that carry a value after a colon, so the colon is none of a user agent. */
const WITH_VALUE = /^(unavailable_after|max-snippet|max-image-preview|max-video-preview)$/;

/**
 * Whether `X-Robots-Tag` headers forbid use for machine learning (`noai`, `noimageai`) to this agent.
 * A header, or a part of one, may begin with the name of the agent it is for: `otherbot: noai`.
 */
export function forbidsUse(headers: string | readonly string[] | undefined, userAgent: string): boolean {
  if (headers === undefined) return false;
  const agent = (/^[^/\s(]+/.exec(userAgent)?.[0] ?? '').toLowerCase();
  for (const header of typeof headers === 'string' ? [headers] : headers) {
    let addressed = true;
    for (const part of header.toLowerCase().split(',')) {
      const colon = part.indexOf(':');
      const name = part.slice(0, Math.max(colon, 0)).trim();
      if (colon !== -1 && !WITH_VALUE.test(name)) addressed = name === agent || name === '*';
      const directive = part.slice(colon + 1).trim();
      if (addressed && (directive === 'noai' || directive === 'noimageai')) return true;
    }
  }
  return false;
}

/** Directives that have a value after a colon, where the colon does not follow the name of an agent. */
const WITH_VALUE = /^(unavailable_after|max-snippet|max-image-preview|max-video-preview)$/;

/**
 * Whether `X-Robots-Tag` headers forbid this agent to use the file for machine learning (`noai`,
 * `noimageai`). A header, or part of one, may begin with the name of the agent it addresses: `otherbot: noai`.
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

/** How much of a body is looked at to recognise a web page. */
const SAMPLE_BYTES = 1_024;

/** Tags that a web page may begin with (a selection from the WHATWG MIME Sniffing Standard, 7.1). */
const PAGE =
  /^<(!doctype html|html|head|body|script|iframe|title|meta|style|table|div|center|font|h1|br|p)[\s>/]/;

/** Whether the bytes are a web page, whatever their declared type. SVG and other XML are not. */
export function isHtmlPage(bytes: Buffer): boolean {
  const [first = 0xff, second] = bytes.subarray(0, 2);
  const wide = first === 0xff && second === 0xfe;
  // A page begins with `<`, white space or a byte order mark. Most pictures are ruled out here.
  if (first > 0x20 && first !== 0x3c && first !== 0xef && !wide) return false;
  const text = bytes
    .toString(wide ? 'utf16le' : 'utf8', 0, SAMPLE_BYTES)
    .replace(/^\uFEFF/, '')
    .replace(/^(\s+|<\?xml[^>]*>|<!--[\s\S]*?-->)+/i, '')
    .toLowerCase();
  return PAGE.test(text);
}

/** Whether the part of a file that a `Content-Range` header announces begins at this byte. */
export function startsAt(contentRange: string | undefined, from: number): boolean {
  return contentRange?.startsWith(`bytes ${from}-`) === true;
}

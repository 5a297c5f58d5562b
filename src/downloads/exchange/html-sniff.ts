const SAMPLE_BYTES = 1_024;

/** Tags that a page may begin with (a selection of those in the WHATWG MIME Sniffing Standard, 7.1). */
const PAGE =
  /^<(!doctype html|html|head|body|script|iframe|title|meta|style|table|div|center|font|h1|br|p)[\s>/]/;

/** Whether the bytes are a web page, whatever their declared type. SVG and other XML are none. */
export function isHtmlPage(bytes: Buffer): boolean {
  const [first = 0xff, second] = bytes.subarray(0, 2);
  const wide = first === 0xff && second === 0xfe;
  // A page begins with `<`, white space or a byte order mark; most pictures are done with here.
  if (first > 0x20 && first !== 0x3c && first !== 0xef && !wide) return false;
  const text = bytes
    .toString(wide ? 'utf16le' : 'utf8', 0, SAMPLE_BYTES)
    .replace(/^\uFEFF/, '')
    .replace(/^(\s+|<\?xml[^>]*>|<!--[\s\S]*?-->)+/i, '')
    .toLowerCase();
  return PAGE.test(text);
}

import { CsvCutter } from './csv/csv-cutter.ts';

/**
 * Label names from a table of two columns, as Open Images has it: `/m/01,Hat`, with a header ("LabelName,DisplayName")
 * or without; null if a row has another number of columns.
 */
export function namesInTable(text: string): Map<string, string> | null {
  // The cutter needs a byte behind the end that ends its loops.
  const bytes = Buffer.from(`${text}\0`);
  const end = bytes.length - 1;
  const cutter = new CsvCutter(null, '', ',');
  const names = new Map<string, string>();
  let at = bytes.indexOf('\uFEFF') === 0 ? 3 : 0;
  for (;;) {
    const next = cutter.cut(bytes, at, end, true);
    if (next < 0) return null;
    if (cutter.start === -1) return names.size === 0 ? null : names;
    const [key, name, ...others] = cutter.names();
    if (key === undefined || name === undefined || others.length > 0) return null;
    if (!/^(?:LabelName|label|id)$/i.test(key) && !names.has(key)) names.set(key, name);
    at = next;
  }
}

/**
 * Label names from one of DeepFashion's lists: a count, a header, and a line for each name, whose number from 1 is its
 * key. The last column says what kind of name it is. Null if the text is something else.
 */
export function namesInList(text: string): Map<string, string> | null {
  const [count, header, ...lines] = text.trimEnd().split(/\r?\n/);
  if (!/^\s*\d+\s*$/.test(count ?? '') || !/_name\s/.test(header ?? '')) return null;
  return new Map(lines.map((line, at) => [String(at + 1), line.trim().replace(/\s+\S+$/, '')]));
}

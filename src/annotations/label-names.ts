import { basename, dirname, join, normalize } from 'node:path';
import { annotationsInvalid } from './annotations.errors.ts';
import { FASHION_ATTRIBUTE } from './annotation-format.ts';
import { openRegularFile, systemCodeOf } from '../common/index.ts';
import { namesInList, namesInTable } from './label-name-tables.ts';

/** Names of labels by their keys. */
export type LabelNames = ReadonlyMap<string, string>;

const NAME_FILES = ['labels.json', 'label_map.json', 'product_tree.json', 'label_descriptions.json'];
/** Of Open Images. */
const TABLE_FILES = [
  'class-descriptions.csv',
  'class-descriptions-boxable.csv',
  'oidv7-class-descriptions.csv',
  'oidv7-class-descriptions-boxable.csv',
];
/** Of DeepFashion, by the beginning of the name of the list whose labels are their numbers. */
const LIST_FILES: Readonly<Record<string, string>> = {
  list_category_img: 'list_category_cloth.txt',
  list_attr_img: 'list_attr_cloth.txt',
};
const ID_KEYS = ['id', 'label_id', 'labelId', 'class', 'class_id'];
const CHILD_KEYS = ['children', 'categories', 'labels', 'classes'];
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Reads label names from one of the files that the known data sets come with, beside the annotations; an
 * empty map if there is none. Calls `warn` for a file of such a name that holds something else.
 *
 * Rejects with `ANNOTATIONS_INVALID` if there is such a file but it cannot be read or is not JSON.
 */
export async function labelNamesBeside(
  annotationsPath: string,
  warn: (message: string) => void,
): Promise<LabelNames> {
  for (const name of NAME_FILES) {
    const file = join(dirname(annotationsPath), name);
    if (file === normalize(annotationsPath)) continue;
    const content = await readSmallFile(file, WHAT_TO_DO(name));
    if (content === 'absent') continue;
    const names = content === 'too large' ? null : namesIn(parsed(content.text, WHAT_TO_DO(name)));
    if (names !== null) return names;
    warn(`${name}, beside the annotations, was ignored: it does not hold names of labels.`);
  }
  return (await tableBeside(annotationsPath)) ?? new Map<string, string>();
}

async function tableBeside(annotationsPath: string): Promise<LabelNames | undefined> {
  const list = Object.entries(LIST_FILES).find(([name]) => basename(annotationsPath).startsWith(name))?.[1];
  for (const name of list === undefined ? TABLE_FILES : [list]) {
    const file = join(dirname(annotationsPath), name);
    if (file === normalize(annotationsPath)) continue;
    const content = await readSmallFile(file, WHAT_TO_DO(name));
    if (typeof content === 'string') continue;
    const names = list === undefined ? namesInTable(content.text) : namesInList(content.text);
    if (names !== null) return names;
  }
  return undefined;
}

const WHAT_TO_DO = (name: string) =>
  `${name}, beside the annotations. Correct or remove it, or name the file of label names to use`;

/**
 * Reads label names from a JSON file: an object `{"1": "fruit"}` or `{"1": {"name": "fruit"}}`, a list
 * `[{"id": 1, "name": "fruit"}]`, or a tree of such entries with `children`; or from a CSV file of keys and names, or
 * one of DeepFashion's lists. Rejects with
 * `ANNOTATIONS_INVALID`.
 */
export async function readLabelNames(file: string): Promise<LabelNames> {
  const what = 'the file of label names';
  const content = await readSmallFile(file, what);
  if (content === 'absent') throw annotationsInvalid(`cannot open ${what}`, null);
  if (content === 'too large') {
    throw annotationsInvalid(`${what} has more than ${MAX_BYTES / 1024 ** 2} MB`, null);
  }
  const { text } = content;
  const isJson = /^\uFEFF?\s*[[{]/.test(text);
  const names = isJson ? namesIn(parsed(text, what)) : (namesInList(text) ?? namesInTable(text));
  if (names !== null) return names;
  throw annotationsInvalid(
    `${what} is neither {"1": "fruit"} nor [{"id": 1, "name": "fruit", "children": […]}], nor a CSV file of two columns`,
    null,
  );
}

async function readSmallFile(
  file: string,
  what: string,
): Promise<'absent' | 'too large' | { readonly text: string }> {
  try {
    const handle = await openRegularFile(file);
    try {
      const { size } = await handle.stat();
      return size > MAX_BYTES ? 'too large' : { text: await handle.readFile('utf8') };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === undefined) throw error;
    if (code === 'ENOENT') return 'absent';
    throw annotationsInvalid(`cannot open ${what} (${code})`, null);
  }
}

function parsed(text: string, what: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    if (error instanceof SyntaxError) throw annotationsInvalid(`this is not valid JSON: ${what}`, null);
    throw error;
  }
}

function namesIn(value: unknown): Map<string, string> | null {
  if (!isObject(value)) return null;
  const isTree =
    Array.isArray(value) ||
    CHILD_KEYS.some((key) => Array.isArray(value[key])) ||
    (idOf(value) !== undefined && typeof value.name === 'string' && Object.keys(value).length > 2);
  if (!isTree) return namesInObject(value);
  const names = namesInTree(value);
  // In iMaterialist Fashion 2019 and 2020, attributes have numbers of their own.
  const attributes =
    Array.isArray(value.categories) && Array.isArray(value.attributes) ? value.attributes : [];
  for (const [id, name] of namesInTree(attributes as unknown as Record<string, unknown>) ?? []) {
    names?.set(`${FASHION_ATTRIBUTE}${id}`, name);
  }
  return names;
}

function namesInObject(table: Record<string, unknown>): Map<string, string> | null {
  const names = new Map<string, string>();
  for (const [id, entry] of Object.entries(table)) {
    const name = isObject(entry) ? entry.name : entry;
    if (typeof name !== 'string') return null;
    names.set(id, name);
  }
  return names;
}

/** Collects entries with an id and a name at any depth. Entries without an id only group others. */
function namesInTree(tree: Record<string, unknown>): Map<string, string> | null {
  const names = new Map<string, string>();
  const left: unknown[] = Array.isArray(tree) ? [...(tree as unknown[])].reverse() : [tree];
  while (left.length > 0) {
    const entry = left.pop();
    if (!isObject(entry)) return null;
    const id = idOf(entry);
    // The first name of an id counts.
    if (id !== undefined && typeof entry.name === 'string' && !names.has(id)) names.set(id, entry.name);
    for (const key of CHILD_KEYS) {
      const children = entry[key];
      if (!Array.isArray(children)) continue;
      for (let index = children.length - 1; index >= 0; index -= 1) left.push(children[index]);
    }
  }
  return names.size === 0 ? null : names;
}

function idOf(entry: Record<string, unknown>): string | undefined {
  for (const key of ID_KEYS) {
    const id = entry[key];
    if (typeof id === 'string' || typeof id === 'number') return String(id);
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

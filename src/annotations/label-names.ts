import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { annotationsInvalid } from './annotations.errors.ts';
import { systemCodeOf } from '../common/index.ts';

export type LabelNames = ReadonlyMap<string, string>;

const NAME_FILES = ['labels.json', 'label_map.json', 'product_tree.json', 'label_descriptions.json'];
const ID_KEYS = ['id', 'label_id', 'labelId', 'class', 'class_id'];
const CHILD_KEYS = ['children', 'categories', 'labels', 'classes'];
const MAX_BYTES = 16 * 1024 * 1024;

/** Names from one of the files that the known sets come with, beside the annotations; none where there is none. */
export async function labelNamesBeside(annotationsPath: string): Promise<LabelNames> {
  for (const name of NAME_FILES) {
    try {
      return await readLabelNames(join(dirname(annotationsPath), name));
    } catch {
      // A file of that name that means something else is none of ours.
    }
  }
  return new Map();
}

/**
 * Reads names of labels from JSON: an object `{"1": "fruit"}` or `{"1": {"name": "fruit"}}`, a list
 * `[{"id": 1, "name": "fruit"}]`, or a tree of such entries with `children`. Rejects with
 * `ANNOTATIONS_INVALID`.
 */
export async function readLabelNames(file: string): Promise<LabelNames> {
  let value: unknown;
  try {
    value = JSON.parse((await readSmall(file)).replace(/^\uFEFF/, ''));
  } catch (error) {
    if (error instanceof SyntaxError) throw annotationsInvalid('the file of label names is no JSON', null);
    if (systemCodeOf(error) !== undefined)
      throw annotationsInvalid('the file of label names cannot be opened', null);
    throw error;
  }
  const names = namesIn(value);
  if (names !== null) return names;
  throw annotationsInvalid(
    'the file of label names is neither {"1": "fruit"} nor [{"id": 1, "name": "fruit", "children": […]}]',
    null,
  );
}

async function readSmall(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    if (size > MAX_BYTES) throw annotationsInvalid('the file of label names is too large', null);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

function namesIn(value: unknown): Map<string, string> | null {
  if (!isObject(value)) return null;
  const isTree =
    Array.isArray(value) ||
    CHILD_KEYS.some((key) => Array.isArray(value[key])) ||
    (idOf(value) !== undefined && typeof value.name === 'string' && Object.keys(value).length > 2);
  return isTree ? namesInTree(value) : namesInTable(value);
}

function namesInTable(table: Record<string, unknown>): Map<string, string> | null {
  const names = new Map<string, string>();
  for (const [id, entry] of Object.entries(table)) {
    const name = isObject(entry) ? entry.name : entry;
    if (typeof name !== 'string') return null;
    names.set(id, name);
  }
  return names;
}

/** Entries with an id and a name, however deep they lie; what has no id only groups others. */
function namesInTree(tree: Record<string, unknown>): Map<string, string> | null {
  const names = new Map<string, string>();
  const left: unknown[] = Array.isArray(tree) ? [...(tree as unknown[])].reverse() : [tree];
  while (left.length > 0) {
    const entry = left.pop();
    if (!isObject(entry)) return null;
    const id = idOf(entry);
    // The first name that an id has counts.
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

import { readFile, stat } from 'node:fs/promises';
import { annotationsInvalid } from '../annotations.errors.ts';
import { elementsOf, isRecord, listOf, propertyOf } from '../json/json-values.ts';
import type { TranscribedFault, TranscribedRow } from './transcript.ts';

/** A project is one object of a browser, which is read as a whole here, too. */
const MAX_BYTES = 256 * 1024 * 1024;

/** What the tool writes for its kinds of attributes, files and their places. */
const CHECKBOX = 2;
const CHOICES = new Set([CHECKBOX, 3, 4, 5]);
const PICTURE = 2;
const LOCAL = 1;
const INLINE = 4;

/**
 * The pictures of a project of the VGG Image Annotator 3. `metadata` says what a `view` shows, a view consists of files,
 * and an `attribute` has the options that values are the numbers of. Labels are the texts of the options, and what was
 * typed in; values, by the names of attributes, are the same.
 *
 * A file that is no picture is a fault. Rejects with `ANNOTATIONS_INVALID` if the project as a whole cannot be read.
 * `columns` receives the names of the attributes.
 */
export async function* viaProjectRows(
  path: string,
  columns: Set<string>,
): AsyncGenerator<TranscribedRow | TranscribedFault> {
  const project = await projectIn(path);
  const said = new Map<string, Map<string, string[]>>();
  for (const entry of elementsOf(propertyOf(project, 'metadata'))) {
    const view = propertyOf(propertyOf(project, 'view'), keyOf(propertyOf(entry, 'vid')));
    for (const fid of listOf(propertyOf(view, 'fid_list'))) {
      const values = said.get(keyOf(fid)) ?? new Map<string, string[]>();
      said.set(keyOf(fid), values);
      addValues(values, propertyOf(entry, 'av'), propertyOf(project, 'attribute'));
    }
  }
  for (const attribute of elementsOf(propertyOf(project, 'attribute'))) {
    const name = propertyOf(attribute, 'aname');
    if (typeof name === 'string') columns.add(name);
  }
  const prefixes = propertyOf(propertyOf(propertyOf(project, 'config'), 'file'), 'loc_prefix');
  for (const [fid, file] of Object.entries(propertyOf(project, 'file') as object)) {
    yield rowOf(fid, file, prefixes, said.get(fid) ?? new Map<string, string[]>());
  }
}

async function projectIn(path: string): Promise<unknown> {
  if ((await stat(path)).size > MAX_BYTES)
    throw annotationsInvalid(`a project of VIA 3 may have ${MAX_BYTES / 1024 ** 2} MB`, null);
  const text = await readFile(path, 'utf8');
  let project: unknown;
  try {
    project = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw annotationsInvalid('the project of VIA 3 is not valid JSON', null);
  }
  if (isRecord(propertyOf(project, 'file'))) return project;
  throw annotationsInvalid('the project of VIA 3 has no object "file"', null);
}

/** Ids are strings, and sometimes numbers. */
function keyOf(id: unknown): string {
  return typeof id === 'string' || typeof id === 'number' ? String(id) : '';
}

function addValues(values: Map<string, string[]>, given: unknown, attributes: unknown): void {
  for (const [id, value] of Object.entries(isRecord(given) ? given : {})) {
    const attribute = propertyOf(attributes, id);
    const text = keyOf(value).trim();
    const type = propertyOf(attribute, 'type');
    const options = propertyOf(attribute, 'options');
    const chosen = type === CHECKBOX ? text.split(',').map((option) => option.trim()) : [text];
    const texts = chosen.flatMap((option) => {
      if (option === '') return [];
      // Without the option that a value names, the value itself says more than nothing.
      return CHOICES.has(Number(type)) ? keyOf(propertyOf(options, option)).trim() || option : option;
    });
    const name = propertyOf(attribute, 'aname');
    const known = typeof name === 'string' ? name : id;
    values.set(known, [...new Set([...(values.get(known) ?? []), ...texts])]);
  }
}

function rowOf(
  fid: string,
  file: unknown,
  prefixes: unknown,
  values: ReadonlyMap<string, readonly string[]>,
): TranscribedRow | TranscribedFault {
  const place = `file ${fid}`;
  const type = propertyOf(file, 'type') ?? PICTURE;
  const loc = propertyOf(file, 'loc');
  const name = keyOf(propertyOf(file, 'fname'));
  // Of a file that was chosen in a browser, nothing but the name is kept.
  const src = loc === LOCAL ? '' : keyOf(propertyOf(file, 'src'));
  const id = name === '' ? src : name;
  const fault = (problem: string) => ({ place, problem, text: id });
  if (Number(type) !== PICTURE) return fault('the file is a video or a recording, and no picture');
  if (loc === INLINE) return fault('the picture is in the project itself. Save it as a file');
  if (id === '') return fault('the file has no fname');
  const prefix = keyOf(propertyOf(prefixes, keyOf(loc)));
  const places = [src, name].filter((text) => text !== '').flatMap((text) => [`${prefix}${text}`, text]);
  return {
    place,
    id,
    places: [...new Set(places)],
    labels: [...new Set([...values.values()].flat())],
    values: Object.fromEntries(
      [...values].map(([key, texts]) => [key, texts.length === 1 ? texts[0] : texts]),
    ),
  };
}

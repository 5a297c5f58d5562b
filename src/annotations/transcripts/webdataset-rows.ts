import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { extract, type Header } from 'tar-stream';
import { COLUMN_NAMES, plainName, type ColumnNames } from '../annotation-format.ts';
import type { ContainedPicture } from '../containers/contained-picture.ts';
import { isRecord } from '../json/json-values.ts';
import { messageOf, systemCodeOf } from '../../common/index.ts';
import type { BytesRead } from './bytes-read.ts';
import type { TranscribedFault, TranscribedRow } from './transcript.ts';

/** A tar archive, and the name under which it is known if it was unpacked elsewhere. */
export interface Shard {
  readonly file: string;
  readonly name: string;
}

export interface WebDatasetOptions {
  readonly columns: ColumnNames;
  /** Receives the names of all columns. */
  readonly all: Set<string>;
  readonly read: BytesRead;
}

const PICTURES = /(?:^|\.)(?:jpe?g|png|webp|gif|avif|heic|heif|tiff?|bmp|jxl|ppm)$/i;
/** What is read of the files beside a picture. */
const MAX_TEXT_BYTES = 1024 * 1024;
const MAX_COLUMNS = 10_000;

/** The files of one key. */
interface Sample {
  readonly key: string;
  picture: ContainedPicture | undefined;
  label: string | undefined;
  caption: string | undefined;
  facts: Record<string, unknown>;
  problem: string | undefined;
}

/**
 * The samples of a WebDataset: the files of a tar archive that have the same name up to its first dot. `0001.jpg` is the
 * picture, `0001.cls` its label, `0001.json` has further columns and `0001.txt` is the column `txt`. The key is the id,
 * preceded by the name of its archive if there are several. A sample without a picture is a fault, and so is an archive
 * that is damaged; the samples before the damage count.
 */
export async function* webDatasetRows(
  shards: readonly Shard[],
  options: WebDatasetOptions,
): AsyncGenerator<TranscribedRow | TranscribedFault> {
  const sizes = await Promise.all(shards.map(async ({ file }) => (await stat(file)).size));
  options.read.begin(
    sizes.reduce((sum, size) => sum + size, 0),
    1,
  );
  for (const shard of shards) {
    const name = basename(shard.name).replace(/\.(?:tar|tar\.gz|tgz)$/i, '');
    const idOf = (key: string) => (shards.length > 1 ? `${name}/${key}` : key);
    try {
      for await (const sample of samplesOf(shard, options.read))
        yield rowOf(sample, idOf(sample.key), options);
    } catch (error) {
      if (systemCodeOf(error) !== undefined) throw error;
      yield {
        place: `archive ${basename(shard.name)}`,
        problem: `it is damaged (${messageOf(error)})`,
        text: '',
      };
    }
  }
}

async function* samplesOf({ file, name }: Shard, read: BytesRead): AsyncGenerator<Sample> {
  const stream = createReadStream(file);
  stream.on('data', (chunk) => read.add(chunk.length));
  const entries = extract();
  stream.once('error', (error) => entries.destroy(error));
  stream.pipe(entries);
  let sample: Sample | undefined;
  try {
    for await (const entry of entries) {
      const header = entry.header as Header & { readonly byteOffset: number };
      const [, key, extension] =
        /^((?:.*\/)?[^/.][^/.]*)\.([^/]+)$/.exec(header.name.replace(/^\.\//, '')) ?? [];
      if (header.type === 'file' && key !== undefined && extension !== undefined) {
        if (sample?.key !== key) {
          if (sample !== undefined) yield sample;
          sample = {
            key,
            picture: undefined,
            label: undefined,
            caption: undefined,
            facts: {},
            problem: undefined,
          };
        }
        if (PICTURES.test(extension)) {
          sample.picture ??= {
            file,
            name: `${basename(name)}/${header.name}`,
            at: { offset: header.byteOffset, bytes: header.size },
          };
        } else await takeText(sample, extension.toLowerCase(), header.size, entry);
      }
      entry.resume();
    }
    if (sample !== undefined) yield sample;
  } catch (error) {
    if (sample?.picture !== undefined) yield sample;
    throw error;
  } finally {
    stream.destroy();
  }
}

async function takeText(
  sample: Sample,
  extension: string,
  bytes: number,
  content: AsyncIterable<unknown>,
): Promise<void> {
  if (!['cls', 'json', 'txt'].includes(extension)) return;
  if (bytes > MAX_TEXT_BYTES) {
    sample.problem ??= `its .${extension} has more than 1 MB`;
    return;
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk as Uint8Array);
  const text = Buffer.concat(chunks).toString('utf8').trim();
  if (extension === 'cls') sample.label = text;
  else if (extension === 'txt') sample.caption = text;
  else {
    try {
      const facts: unknown = JSON.parse(text);
      if (isRecord(facts) && !Array.isArray(facts)) sample.facts = facts;
    } catch {
      sample.problem ??= 'its .json is not valid JSON';
    }
  }
}

function rowOf(
  sample: Sample,
  id: string,
  { columns, all }: WebDatasetOptions,
): TranscribedRow | TranscribedFault {
  const { key, picture, label, caption, facts, problem } = sample;
  const values = {
    ...facts,
    ...(caption === undefined ? {} : { txt: caption }),
    ...(label === undefined ? {} : { cls: label }),
  };
  for (const name of Object.keys(values)) if (all.size < MAX_COLUMNS) all.add(name);
  const place = `sample ${id}`;
  if (problem !== undefined) return { place, problem, text: key };
  const find = (names: readonly string[]) => {
    const known = Object.keys(values).find((one) => names.some((name) => plainName(name) === plainName(one)));
    return known === undefined ? undefined : (values as Record<string, unknown>)[known];
  };
  const given = columns.id === undefined ? undefined : find(columns.id);
  const places = termsOf(find(columns.url ?? COLUMN_NAMES.url)).filter((place) => typeof place === 'string');
  if (picture === undefined && places.length === 0) return { place, problem: 'it has no picture', text: key };
  return {
    place,
    id: typeof given === 'string' || typeof given === 'number' ? given : id,
    places,
    labels: termsOf(columns.label === undefined ? (label ?? find(COLUMN_NAMES.label)) : find(columns.label)),
    values,
    ...(picture === undefined ? {} : { contained: picture }),
  };
}

function termsOf(value: unknown): (string | number)[] {
  const terms: unknown[] = Array.isArray(value) ? value : [value];
  return terms.filter((term) => typeof term === 'string' || typeof term === 'number');
}

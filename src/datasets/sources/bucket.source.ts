import { rm } from 'node:fs/promises';
import { isStorageFull, storageFull } from '../../common/index.ts';
import { sourceNotFound } from '../../annotations/index.ts';
import type { ListedObject } from '../../downloads/index.ts';
import type { SourceImage, SourceSelection } from './dataset-source.port.ts';
import { PathLabelledSource } from './path-labelled.source.ts';
import { isSplit } from './split-folders.ts';
import { readNotes, writeNotes } from './notes-file.ts';

/** What is noted of an object: its path below the prefix, its URL, and what tells that it has changed. */
type Note = readonly [path: string, url: string, version: string];

interface Listing {
  readonly file: string;
  readonly level: number;
}

/**
 * The objects below a prefix in S3, whose keys are read as paths of files are read by `DirectorySource`: `dress/12.jpg`
 * has the label `dress`. The prefix is listed once; further passes read what was noted of it.
 */
export class BucketSource extends PathLabelledSource {
  protected override readonly what = 'The prefix';
  private listing: Listing | undefined;

  constructor(
    private readonly options: {
      readonly url: string;
      /** Which folder of a path is its label, from 1; detected if omitted. */
      readonly labelLevel?: number;
      readonly list: (url: string, signal: AbortSignal) => AsyncIterable<ListedObject>;
      /** Where the listing is kept while it is read. */
      readonly temporaryFolder: string;
    },
  ) {
    super();
  }

  override async close(): Promise<void> {
    if (this.listing !== undefined) await rm(this.listing.file, { force: true });
  }

  protected override async *images(
    _labelIds: SourceSelection['labelIds'],
    signal: AbortSignal,
  ): AsyncGenerator<SourceImage> {
    const { file, level } = (this.listing ??= await this.list(signal));
    for await (const [path, url, version] of readNotes<Note>(file)) {
      signal.throwIfAborted();
      const folders = path.split('/').slice(0, -1);
      const labels = folders.slice(level - 1, level).filter((label) => label !== '');
      yield { externalId: path, labels, locations: [{ url, version }] };
    }
  }

  /** Rejects as listing does, with `SOURCE_NOT_FOUND` if there is nothing, and with `STORAGE_FULL`. */
  private async list(signal: AbortSignal): Promise<Listing> {
    const { url, labelLevel, list, temporaryFolder } = this.options;
    let objects = 0;
    let folders = 0;
    let splits = 0;
    const notes = async function* (): AsyncGenerator<Note> {
      for await (const { path, url: place, bytes, validators } of list(url, signal)) {
        const parts = path.split('/');
        if (parts.some((part) => part.startsWith('.'))) continue;
        objects += 1;
        if (parts.length > 1) folders += 1;
        if (parts.length > 1 && isSplit(parts[0]!)) splits += 1;
        yield [path, place, JSON.stringify({ ...validators, bytes })];
      }
    };
    let file: string;
    try {
      file = await writeNotes(notes(), temporaryFolder);
    } catch (error) {
      throw isStorageFull(error) ? storageFull(error) : error;
    }
    if (objects === 0) {
      await rm(file, { force: true });
      throw sourceNotFound(`There are no objects below "${url}".`);
    }
    return { file, level: labelLevel ?? (folders > 0 && folders === splits ? 2 : 1) };
  }
}

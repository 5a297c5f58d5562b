import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetSource, type SourceImage, type SourceSelection } from './dataset-source.port.ts';
import { sourceNotFound } from '../../annotations/index.ts';
import { labelUnknown } from '../datasets.errors.ts';
import { nearLabels } from '../near-labels.ts';
import { systemCodeOf } from '../../common/index.ts';

/**
 * A folder whose sub-folders are labels: `dress/summer/12.jpg` is the image `dress/summer/12.jpg`
 * with the label `dress`. Deeper folders have no meaning, and files beside the label folders have no
 * label. Every file that is not hidden counts as an image, so that files of other kinds show up as
 * failures. Links to folders are not followed. Images are read in the order of their names.
 */
export class DirectorySource extends DatasetSource {
  constructor(private readonly root: string) {
    super();
  }

  override async count(selection: SourceSelection, signal: AbortSignal): Promise<number> {
    const found = new Set<string>();
    let images = 0;
    for await (const { labels } of this.walkAll(selection, signal)) {
      images += 1;
      for (const label of labels) found.add(label);
    }
    const unknown = selection.labelIds?.filter((label) => !found.has(label)) ?? [];
    if (unknown.length > 0) {
      const folders = (await this.entriesOf('')).filter((entry) => entry.isDirectory());
      const known = new Set(folders.map(({ name }) => name));
      throw labelUnknown(unknown, 'The folder has no label', nearLabels(unknown, known));
    }
    return Math.min(images, selection.limit ?? images);
  }

  override async *read(selection: SourceSelection, signal: AbortSignal): AsyncIterable<SourceImage> {
    let left = selection.limit ?? Infinity;
    for await (const image of this.walkAll(selection, signal)) {
      if (left <= 0) return;
      left -= 1;
      yield image;
    }
  }

  override async labelNames(): Promise<ReadonlyMap<string, string>> {
    return new Map();
  }

  private async *walkAll({ labelIds }: SourceSelection, signal: AbortSignal): AsyncGenerator<SourceImage> {
    for (const entry of await this.entriesOf('')) {
      if (entry.isDirectory()) {
        if (labelIds === undefined || labelIds.includes(entry.name)) {
          yield* this.walk(entry.name, [entry.name], signal);
        }
      } else if (labelIds === undefined && (await this.isImage('', entry))) {
        yield this.image(entry.name, []);
      }
    }
  }

  private async *walk(
    folder: string,
    labels: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<SourceImage> {
    for (const entry of await this.entriesOf(folder)) {
      signal.throwIfAborted();
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) yield* this.walk(path, labels, signal);
      else if (await this.isImage(folder, entry)) yield this.image(path, labels);
    }
  }

  private image(path: string, labels: readonly string[]): SourceImage {
    return { externalId: path, labels, locations: [{ path, root: this.root }] };
  }

  private async entriesOf(folder: string): Promise<Dirent[]> {
    try {
      const entries = await readdir(join(this.root, folder), { withFileTypes: true });
      return entries
        .filter(({ name }) => !name.startsWith('.'))
        .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    } catch (error) {
      const code = systemCodeOf(error);
      if (code === undefined) throw error;
      const what = folder === '' ? 'The folder' : `The folder "${folder}"`;
      throw sourceNotFound(`${what} cannot be read (${code}).`);
    }
  }

  private async isImage(folder: string, entry: Dirent): Promise<boolean> {
    if (!entry.isSymbolicLink()) return entry.isFile();
    try {
      return (await stat(join(this.root, folder, entry.name))).isFile();
    } catch {
      // A broken link. Fetching the image reports it.
      return true;
    }
  }
}

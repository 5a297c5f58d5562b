import {
  DatasetSource,
  type SourceFaults,
  type SourceImage,
  type SourceSelection,
} from './dataset-source.port.ts';
import { labelUnknown } from '../datasets.errors.ts';
import { nearLabels } from '../near-labels.ts';
import { DirectoryWalk } from './directory-walk.ts';
import { isSplit } from './split-folders.ts';

/**
 * A folder whose sub-folders are labels: `dress/summer/12.jpg` is the image `dress/summer/12.jpg`
 * with the label `dress`. Files above the folders of labels have none. If all folders are the parts of a data set, as
 * in `train/dress/12.jpg` and `val/dress/7.jpg`, the labels are the folders in them; `labelLevel` says otherwise. Every
 * file that is not hidden counts as an image, so that files of other kinds show up as failures. Images are read in
 * the order of their names.
 */
export class DirectorySource extends DatasetSource {
  private walk: DirectoryWalk | undefined;
  private detectedLevel: number | undefined;

  /** `labelLevel`: which folder of a path is its label, from 1; detected if omitted. */
  constructor(
    private readonly root: string,
    private readonly labelLevel?: number,
  ) {
    super();
  }

  override async count(selection: SourceSelection, signal: AbortSignal): Promise<number> {
    const found = new Set<string>();
    const others = new Set<string>();
    let images = 0;
    for await (const { labels } of this.walkAll({}, signal)) {
      const isSelected =
        selection.labelIds === undefined || labels.some((label) => selection.labelIds?.includes(label));
      if (isSelected) images += 1;
      for (const label of labels) (isSelected ? found : others).add(label);
    }
    const unknown = selection.labelIds?.filter((label) => !found.has(label)) ?? [];
    if (unknown.length > 0)
      throw labelUnknown(unknown, 'The folder has no label', nearLabels(unknown, others));
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

  override async faults(signal: AbortSignal): Promise<SourceFaults> {
    if (this.walk === undefined) await this.count({}, signal);
    const first = this.walk?.faults ?? [];
    return { count: first.length, first };
  }

  private async *walkAll({ labelIds }: SourceSelection, signal: AbortSignal): AsyncGenerator<SourceImage> {
    const walk = new DirectoryWalk(this.root);
    const level = this.labelLevel ?? (this.detectedLevel ??= await levelOf(walk));
    const enter = (folder: string) => labelIds === undefined || level !== 1 || labelIds.includes(folder);
    for await (const { folders, name } of walk.files(enter, signal)) {
      const labels = folders.slice(level - 1, level);
      if (labelIds !== undefined && !labels.some((label) => labelIds.includes(label))) continue;
      const path = [...folders, name].join('/');
      yield { externalId: path, labels, locations: [{ path, root: this.root }] };
    }
    // Only a walk through everything knows all faults.
    if (labelIds === undefined || level !== 1) this.walk = walk;
  }
}

/** 2 if all folders are parts of a data set, otherwise 1. */
async function levelOf(walk: DirectoryWalk): Promise<number> {
  const folders = await walk.folders();
  return folders.length > 0 && folders.every(isSplit) ? 2 : 1;
}

import type { SourceFaults, SourceImage, SourceSelection } from './dataset-source.port.ts';
import { DirectoryWalk } from './directory-walk.ts';
import { PathLabelledSource } from './path-labelled.source.ts';
import { isSplit } from './split-folders.ts';

/**
 * A folder whose sub-folders are labels: `dress/summer/12.jpg` is the image `dress/summer/12.jpg`
 * with the label `dress`. Files above the folders of labels have none. If all folders are the parts of a data set, as
 * in `train/dress/12.jpg` and `val/dress/7.jpg`, the labels are the folders in them; `labelLevel` says otherwise. Every
 * file that is not hidden counts as an image, so that files of other kinds show up as failures. Images are read in
 * the order of their names.
 */
export class DirectorySource extends PathLabelledSource {
  protected override readonly what = 'The folder';
  private walk: DirectoryWalk | undefined;
  private detectedLevel: number | undefined;

  /** `labelLevel`: which folder of a path is its label, from 1; detected if omitted. */
  constructor(
    private readonly root: string,
    private readonly labelLevel?: number,
  ) {
    super();
  }

  override async faults(signal: AbortSignal): Promise<SourceFaults> {
    if (this.walk === undefined) await this.count({}, signal);
    const first = this.walk?.faults ?? [];
    return { count: first.length, first };
  }

  protected override async *images(
    labelIds: SourceSelection['labelIds'],
    signal: AbortSignal,
  ): AsyncGenerator<SourceImage> {
    const walk = new DirectoryWalk(this.root);
    const level = this.labelLevel ?? (this.detectedLevel ??= await levelOf(walk));
    const enter = (folder: string) => labelIds === undefined || level !== 1 || labelIds.includes(folder);
    for await (const { folders, name } of walk.files(enter, signal)) {
      const labels = folders.slice(level - 1, level);
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

import type { DirectoryDropItem, DropItem, FileDropItem } from 'react-aria-components';

/** A file that was dropped or chosen, with its path in what was dropped. */
export interface PickedFile {
  readonly path: string;
  readonly file: File;
}

/** What was dropped or chosen, sorted by what an import does with it. */
export interface Picked {
  readonly pictures: readonly PickedFile[];
  /** Files that may be annotations, the likeliest first. */
  readonly annotations: readonly PickedFile[];
  /** Files with names for labels. */
  readonly names: readonly PickedFile[];
  /** The number of files that an import has no use for. */
  readonly others: number;
  /** The name of the folder; null if files were chosen one by one. */
  readonly folder: string | null;
}

const PICTURE = /\.(jpe?g|png|webp|gif|avif|heic|heif|tiff?)$/i;
const ANNOTATIONS =
  /(\.(json|jsonl|ndjson|csv|tsv|xml)(\.gz)?|\.(parquet|tar|tar\.gz|tgz|zip)|(^|\/)list_\w+\.txt)$/i;
/** An import finds these beside the annotations. */
const LABEL_NAMES = /(^|\/)(labels|label_map|product_tree|label_descriptions)\.json$/;
/** A pause for the page after so many files. */
const ENTRIES_AT_ONCE = 500;

/** Files of an `<input type="file">`. */
export function fromFileList(files: Iterable<File>): PickedFile[] {
  return Array.from(files, (file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** Everything that was dropped, folders with all that is in them. */
export async function fromDrop(
  items: readonly DropItem[],
  onCount: (files: number) => void,
): Promise<PickedFile[]> {
  const found: PickedFile[] = [];
  const walk = async (item: FileDropItem | DirectoryDropItem, above: string): Promise<void> => {
    const path = above + item.name;
    if (item.kind === 'file') {
      found.push({ path, file: await item.getFile() });
      if (found.length % ENTRIES_AT_ONCE === 0) onCount(found.length);
      return;
    }
    for await (const entry of item.getEntries()) await walk(entry, `${path}/`);
  };
  for (const item of items) if (item.kind !== 'text') await walk(item, '');
  return found;
}

/** Sorts files by their names. A folder that everything is in is left out of the paths. */
export function sortPicked(files: readonly PickedFile[]): Picked {
  const visible = files.filter(({ path }) => !path.split('/').some((part) => part.startsWith('.')));
  const folder = commonFolder(visible);
  const inside =
    folder === null
      ? visible
      : visible.map(({ path, file }) => ({ path: path.slice(folder.length + 1), file }));
  const pictures = inside.filter(({ path }) => PICTURE.test(path));
  const names = inside.filter(({ path }) => LABEL_NAMES.test(path));
  const annotations = inside
    .filter(({ path }) => ANNOTATIONS.test(path) && !LABEL_NAMES.test(path))
    .sort((a, b) => depth(a) - depth(b) || b.file.size - a.file.size);
  return {
    pictures,
    annotations,
    names,
    others: files.length - pictures.length - names.length - annotations.length,
    folder,
  };
}

/** A name for a dataset, of what a folder, a file or a URL is called; empty if nothing of it fits. */
export function datasetNameFrom(text: string): string {
  return text
    .replace(/\.[a-z\d]{1,6}$/i, '')
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z\d]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
    .replace(/-+$/, '');
}

function commonFolder(files: readonly PickedFile[]): string | null {
  const first = files[0]?.path;
  const end = first?.indexOf('/') ?? -1;
  if (first === undefined || end < 0) return null;
  const folder = first.slice(0, end);
  return files.every(({ path }) => path.startsWith(`${folder}/`)) ? folder : null;
}

function depth({ path }: PickedFile): number {
  return path.split('/').length;
}

/** Names of folders that hold the parts of a data set, not pictures of one label. */
const SPLITS = new Set(['train', 'training', 'val', 'valid', 'validation', 'dev', 'test', 'testing']);

/** Whether a folder is a part of a data set by its name. If all folders are, the labels are the folders in them. */
export function isSplit(folder: string): boolean {
  return SPLITS.has(folder.toLowerCase());
}

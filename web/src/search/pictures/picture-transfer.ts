import type { PictureSource } from './add-picture.ts';

/** The pictures in what was dropped or pasted: files, or the address of a picture on another page. */
export function picturesIn(transfer: DataTransfer): PictureSource[] {
  const files = [...transfer.files].filter(({ type }) => type === '' || type.startsWith('image/'));
  if (files.length > 0) return files;
  const text = transfer.getData('text/uri-list') || transfer.getData('text/plain');
  const address = text.split('\n').find((line) => /^https?:\/\/\S+$/.test(line.trim()));
  return address === undefined ? [] : [address.trim()];
}

/** Whether something is dragged over the page that may hold a picture; its content is not known before the drop. */
export function mayHoldPicture(transfer: DataTransfer): boolean {
  return transfer.types.includes('Files') || transfer.types.includes('text/uri-list');
}

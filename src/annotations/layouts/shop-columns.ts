import { plainName } from '../annotation-format.ts';

const HANDLE = 'Handle';
const PICTURE = 'Image Src';
const POSITION = 'Image Position';
const TYPE = 'Type';

/** The columns of a Shopify export, under the names that the header gives them. */
export interface ShopColumns {
  readonly handle: string;
  readonly picture: string;
  readonly position: string | undefined;
  readonly type: string | undefined;
}

/** The columns of a Shopify export; undefined for other files. */
export function shopColumnsIn(header: readonly string[]): ShopColumns | undefined {
  const find = (column: string) => header.find((name) => plainName(name) === plainName(column));
  const handle = find(HANDLE);
  const picture = find(PICTURE);
  if (handle === undefined || picture === undefined) return undefined;
  return { handle, picture, position: find(POSITION), type: find(TYPE) };
}

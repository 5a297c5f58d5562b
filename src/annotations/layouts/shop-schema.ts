import type { Row, Term } from '../reading/row.ts';
import { RowProblem } from '../reading/row.ts';
import { ColumnSchema } from './row-schema.ts';
import type { ShopColumns } from './shop-columns.ts';

/**
 * The products of a Shopify export, in which each picture of a product is a row: "Handle" names the product, and
 * "Image Position" counts its pictures from 1. Their ids are the two together, as in "red-hat#2". Rows of variants
 * without a picture are left out.
 */
export class ShopSchema extends ColumnSchema {
  private readonly handle: number;
  private readonly position: number;
  private readonly picture: number;

  /** `columns`: the names that the header gives to the three columns, and to that of the product's type. */
  constructor(columns: ShopColumns, values: readonly string[]) {
    const { handle, picture, position, type } = columns;
    super({ id: [handle], url: [picture], label: type === undefined ? [] : [type] }, [
      ...values,
      ...(position === undefined ? [] : [position]),
    ]);
    this.handle = this.keys.indexOf(handle);
    this.picture = this.keys.indexOf(picture);
    this.position = position === undefined ? -1 : this.keys.indexOf(position);
    this.valueCount = values.length;
  }

  private readonly valueCount: number;

  override idOf(row: Row): Term {
    const handle = row.term(this.handle);
    if (handle === undefined || handle === '') throw new RowProblem('the row has no Handle');
    const position = this.position === -1 ? '' : (row.term(this.position) ?? '');
    return `${handle}#${position === '' ? 1 : position}`;
  }

  override isBlank(row: Row): boolean {
    return row.term(this.picture) === '';
  }

  override valuesOf(row: Row): unknown[] {
    return super.valuesOf(row).slice(0, this.valueCount);
  }
}

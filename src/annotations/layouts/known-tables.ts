import { FASHION_ATTRIBUTE, FURTHER_PICTURES, plainName, type ColumnNames } from '../annotation-format.ts';
import { termOf, type Row, type Term } from '../reading/row.ts';
import { shopColumnsIn } from './shop-columns.ts';
import { furtherPictures, type View } from './product-pictures.ts';
import { ColumnSchema, type ChosenColumns } from './row-schema.ts';
import { ShopSchema } from './shop-schema.ts';
import { isViaTable, ViaTableSchema } from './via-schema.ts';

/** What the columns of a table mean: those of a known tool or data set, or those that were chosen. */
export function tableSchemaOf(
  header: readonly string[],
  named: ColumnNames,
  { values, ...roles }: ChosenColumns,
): ColumnSchema {
  if (named.id === undefined && named.url === undefined && named.label === undefined) {
    if (isViaTable(header)) return new ViaTableSchema(header, values);
    const shop = shopColumnsIn(header);
    if (shop !== undefined) return new ShopSchema(shop, values);
    const find = (name: string) => header.find((column) => plainName(column) === plainName(name));
    const [classes, attributes, confidence] = [find('ClassId'), find('AttributesIds'), find('Confidence')];
    const further = find(FURTHER_PICTURES);
    if (further !== undefined) return new ProductSchema({ roles, further, values });
    if (find('EncodedPixels') !== undefined && classes !== undefined) {
      return new FashionSchema({ roles, classes, attributes, values });
    }
    if (find('LabelName') !== undefined && confidence !== undefined) {
      return new ConfidenceSchema({ roles, confidence, values });
    }
  }
  return new ColumnSchema(roles, values);
}

/**
 * Rows of iMaterialist Fashion 2019 and 2020, one for each piece of clothing: its class, followed by its attributes in
 * the same field ("13_1_2") or in one of their own ("1,2").
 */
class FashionSchema extends ColumnSchema {
  private readonly classes: number;
  private readonly attributes: number | undefined;

  constructor(columns: {
    readonly roles: ColumnNames;
    readonly classes: string;
    readonly attributes: string | undefined;
    readonly values: readonly string[];
  }) {
    const { roles, classes, attributes, values } = columns;
    super({ ...roles, label: [classes, ...(attributes === undefined ? [] : [attributes])] }, values);
    this.classes = this.keys.indexOf(classes);
    this.attributes = attributes === undefined ? undefined : this.keys.indexOf(attributes);
  }

  override eachLabel(row: Row, visit: (label: Term) => void): void {
    const text = String(row.value(this.classes)).trim();
    const [kind = '', ...details] = /^\d+(?:_\d+)*$/.test(text) ? text.split('_') : [];
    if (kind === '') row.eachTerm(this.classes, visit);
    else visit(termOf(kind));
    const others = this.attributes === undefined ? [] : String(row.value(this.attributes)).split(',');
    for (const detail of [...details, ...others]) {
      if (detail.trim() !== '') visit(`${FASHION_ATTRIBUTE}${detail.trim()}`);
    }
  }
}

/** Rows of Open Images: a label with a confidence, which is 0 where somebody has found that the image has no such thing. */
class ConfidenceSchema extends ColumnSchema {
  private readonly confidence: number;
  private readonly valueCount: number;

  constructor(columns: {
    readonly roles: ColumnNames;
    readonly confidence: string;
    readonly values: readonly string[];
  }) {
    const { roles, confidence, values } = columns;
    super({ ...roles, label: roles.label ?? [] }, [...values, confidence]);
    this.confidence = this.keys.indexOf(confidence);
    this.valueCount = values.length;
  }

  override eachLabel(row: Row, visit: (label: Term) => void): void {
    if (!/^\s*0+(\.0*)?\s*$/.test(String(row.value(this.confidence)))) super.eachLabel(row, visit);
  }

  override valuesOf(row: Row): unknown[] {
    return super.valuesOf(row).slice(0, this.valueCount);
  }
}

/** The products of a Google Merchant feed, each with its further pictures. */
class ProductSchema extends ColumnSchema {
  private readonly further: number;
  private readonly valueCount: number;

  constructor(columns: {
    readonly roles: ColumnNames;
    readonly further: string;
    readonly values: readonly string[];
  }) {
    const { roles, further, values } = columns;
    super(roles, [...values, further]);
    this.further = this.keys.indexOf(further);
    this.valueCount = values.length;
  }

  override viewsOf(row: Row): readonly View[] {
    const text = row.value(this.further);
    if (typeof text !== 'string' || text === '') return [];
    return furtherPictures(this.idOf(row), this.placesOf(row)[0], [text]);
  }

  override valuesOf(row: Row): unknown[] {
    return super.valuesOf(row).slice(0, this.valueCount);
  }
}

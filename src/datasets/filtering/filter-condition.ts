import { sql, type RawBuilder, type SqlBool } from 'kysely';
import {
  AttributeType,
  type AttributeFilter,
  type AttributeTest,
  type Filter,
  type Range,
} from '../../filters/index.ts';

type Condition = RawBuilder<SqlBool>;

const NEVER: Condition = sql`false`;
const ALWAYS: Condition = sql`true`;

/**
 * The condition on a row of `images`, of one dataset, under which `matches` is true for the image. It is for queries
 * that read all that the filter selects: what an index has of a label or an attribute is read as a whole.
 */
export function selectedBy(filter: Filter, datasetId: number): Condition {
  return conditionOf(filter, {
    labels: (labels) =>
      sql`images.id in (select image_id from image_labels where ${areOneOf(labels, datasetId)})`,
    attribute: (one) =>
      sql`images.id in (select image_id from image_attributes where ${hasValue(one, datasetId)})`,
  });
}

/** The same condition on the image with this id, for queries that test a few images. */
export function passes(filter: Filter, datasetId: number, id: RawBuilder<number>): Condition {
  return conditionOf(filter, {
    labels: (labels) =>
      sql`exists (select 1 from image_labels where image_id = ${id} and ${areOneOf(labels, datasetId)})`,
    attribute: (one) =>
      sql`exists (
        select 1 from image_attributes where image_id = ${id} and ${hasValue(one, datasetId, UNINDEXED)}
      )`,
  });
}

interface Leaves {
  readonly labels: (labels: readonly string[]) => Condition;
  readonly attribute: (filter: AttributeFilter) => Condition;
}

function conditionOf(filter: Filter, leaves: Leaves): Condition {
  switch (filter.kind) {
    case 'and':
      return all(filter.filters.map((one) => conditionOf(one, leaves)));
    case 'or':
      return any(filter.filters.map((one) => conditionOf(one, leaves)));
    case 'not':
      return sql`(not ${conditionOf(filter.filter, leaves)})`;
    case 'labels': {
      const labels = wellFormed(filter.labels);
      return labels.length === 0 ? NEVER : leaves.labels(labels);
    }
    case 'attribute':
      return filter.name.isWellFormed() ? leaves.attribute(filter) : NEVER;
  }
}

function all(conditions: readonly Condition[]): Condition {
  return conditions.length === 0 ? ALWAYS : sql`(${sql.join(conditions, sql` and `)})`;
}

function any(conditions: readonly Condition[]): Condition {
  return conditions.length === 0 ? NEVER : sql`(${sql.join(conditions, sql` or `)})`;
}

function areOneOf(labels: readonly string[], datasetId: number): Condition {
  return sql`label_id in (select id from labels where dataset_id = ${datasetId} and key in (${sql.join(labels)}))`;
}

function hasValue({ name, type, test }: AttributeFilter, datasetId: number, columns = INDEXED): Condition {
  return sql`attribute_id = (
    select id from attributes where dataset_id = ${datasetId} and name = ${name} and type = ${type}
  ) and ${passesTest(type, test, columns)}`;
}

interface Columns {
  readonly text: RawBuilder<unknown>;
  readonly number: RawBuilder<unknown>;
}

const INDEXED: Columns = { text: sql`text`, number: sql`number` };
/** SQLite does not look up an expression, and so finds the image by its id instead of all images in a range. */
export const UNINDEXED: Columns = { text: sql`+text`, number: sql`+number` };

/** The condition on a row of `attribute_blocks` that a value within the range may lie between its bounds. */
export function mayHold(type: AttributeType, { gt, gte, lt, lte }: Range): Condition {
  const [least, most] = [sql`least`, sql`most`];
  return all([
    isWithin(type, { gt, gte }, { text: most, number: most }),
    isWithin(type, { lt, lte }, { text: least, number: least }),
  ]);
}

/** What an index of values can look up for a test. */
export interface ValuesSought {
  readonly column: RawBuilder<unknown>;
  /** Undefined for a range. */
  readonly equal: readonly (string | number)[] | undefined;
}

/** Undefined if no index of values can look up what passes the test. */
export function valuesSought(type: AttributeType, test: AttributeTest): ValuesSought | undefined {
  const column = columnOf(type, INDEXED);
  switch (test.op) {
    case 'in':
      return { column, equal: [...new Set(wantedOf(type, test.values))] };
    case 'range':
      return hasOrderOfIndex(test) ? { column, equal: undefined } : undefined;
    case 'exists':
    case 'contains':
      return undefined;
  }
}

/** The condition on a row of `image_attributes` that has the type. */
export function passesTest(type: AttributeType, test: AttributeTest, columns = INDEXED): Condition {
  switch (test.op) {
    case 'exists':
      return sql`position = 0`;
    case 'in':
      return isOneOf(type, test.values, columns);
    case 'range':
      return isWithin(type, test, columns);
    case 'contains':
      if (type !== AttributeType.STRING) return NEVER;
      return sql`${columns.text} is not null and instr(text_lower(text), ${test.text.toLowerCase()}) > 0`;
  }
}

function isOneOf(
  type: AttributeType,
  values: readonly (string | number | boolean | Date)[],
  columns: Columns,
): Condition {
  const wanted = wantedOf(type, values);
  return wanted.length === 0 ? NEVER : sql`${columnOf(type, columns)} in (${sql.join(wanted)})`;
}

function wantedOf(
  type: AttributeType,
  values: readonly (string | number | boolean | Date)[],
): (string | number)[] {
  return isText(type)
    ? wellFormed(values.filter((value) => typeof value === 'string'))
    : values.flatMap((value) => numberOf(type, value) ?? []);
}

function columnOf(type: AttributeType, { text, number }: Columns): RawBuilder<unknown> {
  return isText(type) ? text : number;
}

function isText(type: AttributeType): boolean {
  return type === AttributeType.STRING || type === AttributeType.STRINGS;
}

const OPERATORS = { gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` } as const;

function isWithin(type: AttributeType, range: Range, columns: Columns): Condition {
  const bounds = (['gt', 'gte', 'lt', 'lte'] as const).flatMap((op) => {
    const bound = range[op];
    if (bound === undefined) return [];
    if (type === AttributeType.STRING && typeof bound === 'string')
      return [compareText(columns.text, OPERATORS[op], bound)];
    const isOrdered = type === AttributeType.NUMBER || type === AttributeType.DATE;
    const number = isOrdered ? numberOf(type, bound) : undefined;
    return [number === undefined ? NEVER : sql<SqlBool>`${columns.number} ${OPERATORS[op]} ${number}`];
  });
  return all(bounds);
}

/** SQLite orders text by code points, which differs from the order of UTF-16 only from U+D800 on. */
const SAME_ORDER = /^[\0-\uD7FF]*$/;

function hasOrderOfIndex(range: Range): boolean {
  return [range.gt, range.gte, range.lt, range.lte].every(
    (bound) => typeof bound !== 'string' || SAME_ORDER.test(bound),
  );
}

function compareText(text: RawBuilder<unknown>, operator: RawBuilder<unknown>, bound: string): Condition {
  if (SAME_ORDER.test(bound)) return sql`${text} ${operator} ${bound}`;
  const order = Buffer.from(bound, 'utf16le').swap16();
  return sql`${text} is not null and text_order(${text}) ${operator} ${order}`;
}

function numberOf(type: AttributeType, value: string | number | boolean | Date): number | undefined {
  if (type === AttributeType.NUMBER && typeof value === 'number') return value;
  if (type === AttributeType.BOOLEAN && typeof value === 'boolean') return value ? 1 : 0;
  return type === AttributeType.DATE && value instanceof Date ? value.getTime() : undefined;
}

/** Stored text is well-formed, so no other can equal it. */
function wellFormed(texts: readonly string[]): string[] {
  return texts.filter((text) => text.isWellFormed());
}

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

/** The condition on a row of `images`, of one dataset, under which `matches` is true for the image. */
export function selectedBy(filter: Filter, datasetId: number): Condition {
  switch (filter.kind) {
    case 'and':
      return all(filter.filters.map((one) => selectedBy(one, datasetId)));
    case 'or':
      return any(filter.filters.map((one) => selectedBy(one, datasetId)));
    case 'not':
      return sql`(not ${selectedBy(filter.filter, datasetId)})`;
    case 'labels':
      return withLabels(wellFormed(filter.labels), datasetId);
    case 'attribute':
      return withAttribute(filter, datasetId);
  }
}

function all(conditions: readonly Condition[]): Condition {
  return conditions.length === 0 ? ALWAYS : sql`(${sql.join(conditions, sql` and `)})`;
}

function any(conditions: readonly Condition[]): Condition {
  return conditions.length === 0 ? NEVER : sql`(${sql.join(conditions, sql` or `)})`;
}

function withLabels(labels: readonly string[], datasetId: number): Condition {
  if (labels.length === 0) return NEVER;
  return sql`images.id in (
    select image_id from image_labels where label_id in (
      select id from labels where dataset_id = ${datasetId} and key in (${sql.join(labels)})
    )
  )`;
}

function withAttribute({ name, type, test }: AttributeFilter, datasetId: number): Condition {
  if (!name.isWellFormed()) return NEVER;
  return sql`images.id in (
    select image_id from image_attributes where attribute_id = (
      select id from attributes where dataset_id = ${datasetId} and name = ${name} and type = ${type}
    ) and ${passes(type, test)}
  )`;
}

function passes(type: AttributeType, test: AttributeTest): Condition {
  switch (test.op) {
    case 'exists':
      return sql`position = 0`;
    case 'in':
      return isOneOf(type, test.values);
    case 'range':
      return isWithin(type, test);
    case 'contains':
      if (type !== AttributeType.STRING) return NEVER;
      return sql`text is not null and instr(text_lower(text), ${test.text.toLowerCase()}) > 0`;
  }
}

function isOneOf(type: AttributeType, values: readonly (string | number | boolean | Date)[]): Condition {
  const isText = type === AttributeType.STRING || type === AttributeType.STRINGS;
  const wanted = isText
    ? wellFormed(values.filter((value) => typeof value === 'string'))
    : values.flatMap((value) => numberOf(type, value) ?? []);
  return wanted.length === 0 ? NEVER : sql`${sql.ref(isText ? 'text' : 'number')} in (${sql.join(wanted)})`;
}

const OPERATORS = { gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` } as const;

function isWithin(type: AttributeType, range: Range): Condition {
  const bounds = (['gt', 'gte', 'lt', 'lte'] as const).flatMap((op) => {
    const bound = range[op];
    if (bound === undefined) return [];
    if (type === AttributeType.STRING && typeof bound === 'string')
      return [compareText(bound, OPERATORS[op])];
    const isOrdered = type === AttributeType.NUMBER || type === AttributeType.DATE;
    const number = isOrdered ? numberOf(type, bound) : undefined;
    return [number === undefined ? NEVER : sql<SqlBool>`number ${OPERATORS[op]} ${number}`];
  });
  return all(bounds);
}

/** SQLite orders text by code points, which differs from the order of UTF-16 only from U+D800 on. */
function compareText(bound: string, operator: RawBuilder<unknown>): Condition {
  const orderIsSame = /^[\0-\uD7FF]*$/.test(bound);
  if (orderIsSame) return sql`text ${operator} ${bound}`;
  const order = Buffer.from(bound, 'utf16le').swap16();
  return sql`text is not null and text_order(text) ${operator} ${order}`;
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

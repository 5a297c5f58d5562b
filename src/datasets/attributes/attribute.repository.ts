import { Injectable } from '@nestjs/common';
import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import { chunksOf } from '../../common/index.ts';
import { Database, valuesOfJson, type PreparedRead } from '../../database/index.ts';
import {
  ATTRIBUTE_LIMITS,
  AttributeType,
  typeOf,
  type Attributes,
  type AttributeValue,
} from '../../filters/index.ts';
import type { CatalogueTransaction } from '../catalogue/transactions.ts';
import { attributeInvalid } from '../datasets.errors.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import { rowsOf, singleValueOf, valueOf, type StoredValue } from './attribute-rows.ts';
import type { DatasetAttribute, ValueCount } from './attributes.ts';

/** The maximum number of rows that one statement writes. */
const ROWS = 100;

interface KnownAttribute {
  readonly id: number;
  readonly type: AttributeType;
}

/** The rows of attributes, and the values that images have. */
@Injectable()
export class AttributeRepository {
  private readonly db: Kysely<DatasetsTables>;
  private readonly ofImages: PreparedRead<
    StoredValue & { image_id: number; name: string; type: AttributeType }
  >;

  constructor(database: Database) {
    this.db = database.tables<DatasetsTables>();
    this.ofImages = database.reads.prepare(
      this.db
        .selectFrom('image_attributes')
        .innerJoin('attributes', 'attributes.id', 'image_attributes.attribute_id')
        .select(['image_id', 'name', 'text', 'number'])
        .select((eb) => eb.ref('type').$castTo<AttributeType>().as('type'))
        .where('image_id', 'in', valuesOfJson<number>())
        .orderBy('image_id')
        .orderBy('name')
        .orderBy('position'),
    );
  }

  /** The types of the attributes that at least one image of a dataset has, by name. */
  async types(datasetId: number): Promise<Map<string, AttributeType>> {
    const { rows } = await sql<{ name: string; type: AttributeType }>`
      select name, type from attributes where dataset_id = ${datasetId} and image_count > 0`.execute(this.db);
    return new Map(rows.map(({ name, type }) => [name, type]));
  }

  /** The attributes that at least one image has, in order of their names. */
  async listUsed(datasetId: number, db: Kysely<DatasetsTables> = this.db): Promise<DatasetAttribute[]> {
    const rows = await db
      .selectFrom('attributes')
      .select(['name', 'image_count as imageCount'])
      .select((eb) => eb.ref('type').$castTo<AttributeType>().as('type'))
      .where('dataset_id', '=', datasetId)
      .where('image_count', '>', 0)
      .orderBy('name')
      .execute();
    return rows;
  }

  /** The values that most images have, the commonest first, equally common ones in ascending order. */
  async commonValues(datasetId: number, name: string, limit: number): Promise<ValueCount[]> {
    const attribute = (await this.known(datasetId)).get(name);
    if (attribute === undefined) return [];
    return commonestValues(attribute, limit, this.db);
  }

  /** The attributes of images, by image id. Images without attributes are not in the result. */
  listByImage(imageIds: readonly number[]): Map<number, Attributes> {
    const found = new Map<number, Record<string, AttributeValue>>();
    const rows = this.ofImages(JSON.stringify(imageIds));
    for (let at = 0; at < rows.length;) {
      const { image_id, name, type } = rows[at]!;
      const start = at;
      while (rows[at]?.image_id === image_id && rows[at]?.name === name) at += 1;
      const ofImage = found.get(image_id) ?? emptyAttributes();
      found.set(image_id, ofImage);
      ofImage[name] = valueOf(type, rows.slice(start, at));
    }
    return found;
  }

  /**
   * Sets attributes of images in place of the values that they had; null removes one. Attributes that the dataset
   * lacks are created, and those that no image has any more are forgotten. Rejects with `ATTRIBUTE_INVALID` if a value
   * does not have the type of its attribute, or if the dataset has too many attributes.
   */
  async assign(
    datasetId: number,
    changes: readonly {
      readonly imageId: number;
      readonly attributes: Readonly<Record<string, AttributeValue | null>>;
    }[],
    transaction: CatalogueTransaction,
  ): Promise<void> {
    const given = changes.flatMap(({ imageId, attributes }) =>
      Object.entries(attributes).map(([name, value]) => ({ imageId, name, value })),
    );
    if (given.length === 0) return;
    const before = await this.known(datasetId, transaction);
    for (const { imageId, name } of given) {
      const attribute = before.get(name);
      if (attribute === undefined) continue;
      await transaction
        .deleteFrom('image_attributes')
        .where('image_id', '=', imageId)
        .where('attribute_id', '=', attribute.id)
        .execute();
    }
    if (given.some(({ name, value }) => value === null || before.get(name)?.type !== typeOf(value))) {
      await this.deleteUnused(datasetId, transaction);
    }
    const known = await this.known(datasetId, transaction);
    const rows = [];
    for (const { imageId, name, value } of given) {
      if (value === null) continue;
      const { id, type } =
        known.get(name) ?? (await this.create(datasetId, name, value, known.size, transaction));
      known.set(name, { id, type });
      if (type !== typeOf(value)) throw attributeInvalid(name, `it is ${type} in this dataset`);
      rows.push(
        ...rowsOf(value).map((row, position) => ({ image_id: imageId, attribute_id: id, position, ...row })),
      );
    }
    for (const chunk of chunksOf(rows, ROWS)) {
      await transaction.insertInto('image_attributes').values(chunk).execute();
    }
  }

  /** Forgets the attributes that no image has any more. */
  async deleteUnused(datasetId: number, transaction: CatalogueTransaction): Promise<void> {
    await transaction
      .deleteFrom('attributes')
      .where('dataset_id', '=', datasetId)
      .where('image_count', '=', 0)
      .execute();
  }

  private async create(
    datasetId: number,
    name: string,
    value: AttributeValue,
    others: number,
    transaction: CatalogueTransaction,
  ): Promise<KnownAttribute> {
    if (others >= ATTRIBUTE_LIMITS.perDataset) {
      throw attributeInvalid(name, `a dataset has at most ${ATTRIBUTE_LIMITS.perDataset} attributes`);
    }
    const type = typeOf(value);
    const { id } = await transaction
      .insertInto('attributes')
      .values({ dataset_id: datasetId, name, type })
      .returning('id')
      .executeTakeFirstOrThrow();
    return { id, type };
  }

  private async known(
    datasetId: number,
    db: Kysely<DatasetsTables> = this.db,
  ): Promise<Map<string, KnownAttribute>> {
    const rows = await db
      .selectFrom('attributes')
      .select(['id', 'name', 'type'])
      .where('dataset_id', '=', datasetId)
      .execute();
    return new Map(rows.map(({ id, name, type }) => [name, { id, type: type as AttributeType }]));
  }
}

/** The values that most images have, the commonest first. */
export async function commonestValues(
  { id, type }: KnownAttribute,
  limit: number,
  db: Kysely<DatasetsTables>,
): Promise<ValueCount[]> {
  // With statistics, SQLite may prefer the order of values, and sort all of them.
  const { rows } = await sql<{ value: string | number; images: number }>`
    select value, image_count as images from attribute_values indexed by attribute_values_by_count
    where attribute_id = ${id} order by image_count desc, value limit ${limit}`.execute(db);
  return rows.map((row) => toValueCount(type, row));
}

/**
 * The values that most of the images have which pass a condition on `image_id`. An index has all that it reads, except
 * the rows of lists, in which a string may occur twice.
 */
export async function countValues(
  { id, type }: KnownAttribute,
  limit: number,
  condition: RawBuilder<SqlBool>,
  db: Kysely<DatasetsTables>,
): Promise<ValueCount[]> {
  const column = columnOf(type);
  const count = type === AttributeType.STRINGS ? sql`count(distinct image_id)` : sql`count(*)`;
  const { rows } = await sql<{ value: string | number; images: number }>`
    select ${column} as value, ${count} as images from image_attributes
    where attribute_id = ${id} and ${column} is not null and ${condition}
    group by ${column} order by images desc, ${column} limit ${limit}`.execute(db);
  return rows.map((row) => toValueCount(type, row));
}

function toValueCount(
  type: AttributeType,
  { value, images }: { readonly value: string | number; readonly images: number },
): ValueCount {
  const stored = typeof value === 'string' ? { text: value, number: null } : { text: null, number: value };
  return { value: singleValueOf(type, stored), count: images };
}

/** The column that holds the values of a type. */
function columnOf(type: AttributeType) {
  return sql.ref(type === AttributeType.STRING || type === AttributeType.STRINGS ? 'text' : 'number');
}

/** Names come from users, so that one may be `__proto__`. */
function emptyAttributes(): Record<string, AttributeValue> {
  return Object.create(null) as Record<string, AttributeValue>;
}

import { Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { chunksOf, MAX_BOUND } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
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

  constructor(database: Database) {
    this.db = database.tables<DatasetsTables>();
  }

  /** The types of the attributes that at least one image of a dataset has, by name. */
  async types(datasetId: number): Promise<Map<string, AttributeType>> {
    const { rows } = await sql<{ name: string; type: AttributeType }>`
      select name, type from attributes where dataset_id = ${datasetId} and exists (
        select 1 from image_attributes where attribute_id = attributes.id and position = 0
      )`.execute(this.db);
    return new Map(rows.map(({ name, type }) => [name, type]));
  }

  /** The attributes that at least one image has, in order of their names. */
  async listUsed(datasetId: number, db: Kysely<DatasetsTables> = this.db): Promise<DatasetAttribute[]> {
    const { rows } = await sql<{ name: string; type: AttributeType; images: number }>`
      select name, type, (
        select count(*) from image_attributes
        where attribute_id = attributes.id and position = 0
      ) as images
      from attributes where dataset_id = ${datasetId} order by name`.execute(db);
    return rows
      .filter(({ images }) => images > 0)
      .map(({ name, type, images }) => ({ name, type, imageCount: images }));
  }

  /** The values that most images have, the commonest first, equally common ones in ascending order. */
  async commonValues(datasetId: number, name: string, limit: number): Promise<ValueCount[]> {
    const attribute = (await this.known(datasetId)).get(name);
    if (attribute === undefined) return [];
    const column = columnOf(attribute.type);
    const { rows } = await sql<StoredValue & { images: number }>`
      select text, number, count(distinct image_id) as images from image_attributes
      where attribute_id = ${attribute.id} and ${column} is not null
      group by ${column} order by images desc, ${column} limit ${limit}`.execute(this.db);
    return rows.map((row) => ({ value: singleValueOf(attribute.type, row), count: row.images }));
  }

  /** The attributes of images, by image id. Images without attributes are not in the result. */
  async listByImage(
    imageIds: readonly number[],
    db: Kysely<DatasetsTables> = this.db,
  ): Promise<Map<number, Attributes>> {
    const found = new Map<number, Record<string, AttributeValue>>();
    for (const chunk of chunksOf(imageIds, MAX_BOUND)) {
      const { rows } = await sql<StoredValue & { image_id: number; name: string; type: AttributeType }>`
        select image_id, name, type, text, number
        from image_attributes join attributes on attributes.id = image_attributes.attribute_id
        where image_id in (${sql.join(chunk)})
        order by image_id, name, position`.execute(db);
      for (let at = 0; at < rows.length;) {
        const { image_id, name, type } = rows[at]!;
        const start = at;
        while (rows[at]?.image_id === image_id && rows[at]?.name === name) at += 1;
        const ofImage = found.get(image_id) ?? emptyAttributes();
        found.set(image_id, ofImage);
        ofImage[name] = valueOf(type, rows.slice(start, at));
      }
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
    await sql`
      delete from attributes where dataset_id = ${datasetId} and not exists (
        select 1 from image_attributes where attribute_id = attributes.id and position = 0
      )`.execute(transaction);
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

/** The column that holds the values of a type. */
export function columnOf(type: AttributeType) {
  return sql.ref(type === AttributeType.STRING || type === AttributeType.STRINGS ? 'text' : 'number');
}

/** Names come from users, so that one may be `__proto__`. */
function emptyAttributes(): Record<string, AttributeValue> {
  return Object.create(null) as Record<string, AttributeValue>;
}

import { Injectable } from '@nestjs/common';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { Database } from '../../database/index.ts';
import { AttributeType, type Filter } from '../../filters/index.ts';
import { columnOf } from '../attributes/attribute.repository.ts';
import { singleValueOf, type StoredValue } from '../attributes/attribute-rows.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import type { FacetCount, FacetRequest } from './facets.ts';
import { selectedBy } from './filter-condition.ts';

/** Counts the values and labels of images. */
@Injectable()
export class FacetRepository {
  private readonly db: Kysely<DatasetsTables>;

  constructor(database: Database) {
    this.db = database.tables<DatasetsTables>();
  }

  /** Counts over the images of a dataset that the filter selects, or over all. */
  async count(datasetId: number, filter: Filter | undefined, request: FacetRequest): Promise<FacetCount[]> {
    const among =
      filter === undefined
        ? sql``
        : sql`and image_id in (
            select id from images where images.dataset_id = ${datasetId} and ${selectedBy(filter, datasetId)}
          )`;
    if (request.attribute === undefined) return this.countLabels(datasetId, among, request.first);
    const attribute = await this.db
      .selectFrom('attributes')
      .select(['id', 'type'])
      .where('dataset_id', '=', datasetId)
      .where('name', '=', request.attribute)
      .executeTakeFirst();
    if (attribute === undefined) return [];
    const type = attribute.type as AttributeType;
    const column = columnOf(type);
    const { rows } = await sql<StoredValue & { images: number }>`
      select text, number, count(distinct image_id) as images from image_attributes
      where attribute_id = ${attribute.id} and ${column} is not null ${among}
      group by ${column} order by images desc, ${column} limit ${request.first}`.execute(this.db);
    return rows.map((row) => ({ value: singleValueOf(type, row), count: row.images }));
  }

  private async countLabels(
    datasetId: number,
    among: RawBuilder<unknown>,
    first: number,
  ): Promise<FacetCount[]> {
    const { rows } = await sql<{ key: string; name: string; images: number }>`
      select key, name, count(*) as images
      from labels join image_labels on image_labels.label_id = labels.id
      where dataset_id = ${datasetId} ${among}
      group by labels.id order by images desc, key limit ${first}`.execute(this.db);
    return rows.map(({ key, name, images }) => ({ value: key, label: name, count: images }));
  }
}

import { Injectable } from '@nestjs/common';
import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import { Database } from '../../database/index.ts';
import { AttributeType, type Filter } from '../../filters/index.ts';
import { commonestValues, countValues } from '../attributes/attribute.repository.ts';
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
        ? undefined
        : sql<SqlBool>`image_id in (
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
    const known = { id: attribute.id, type: attribute.type as AttributeType };
    return among === undefined
      ? commonestValues(known, request.first, this.db)
      : countValues(known, request.first, among, this.db);
  }

  private async countLabels(
    datasetId: number,
    among: RawBuilder<SqlBool> | undefined,
    first: number,
  ): Promise<FacetCount[]> {
    const { rows } = await (
      among === undefined
        ? sql<LabelCount>`
          select key, name, image_count as images from labels
          where dataset_id = ${datasetId} and image_count > 0
          order by images desc, key limit ${first}`
        : sql<LabelCount>`
          select key, name, count(*) as images
          from labels join image_labels on image_labels.label_id = labels.id
          where dataset_id = ${datasetId} and ${among}
          group by labels.id order by images desc, key limit ${first}`
    ).execute(this.db);
    return rows.map(({ key, name, images }) => ({ value: key, label: name, count: images }));
  }
}

interface LabelCount {
  readonly key: string;
  readonly name: string;
  readonly images: number;
}

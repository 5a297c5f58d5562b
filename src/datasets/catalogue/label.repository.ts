import { Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { chunksOf, MAX_BOUND } from '../../common/index.ts';
import { Database, UntilWritten, valuesOfJson, type PreparedRead } from '../../database/index.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import type { Label, LabelName } from './datasets.ts';
import type { CatalogueTransaction } from './transactions.ts';

/** The maximum number of rows that one statement writes. */
const ROWS = 100;

/** The rows of labels, and which images have them. */
@Injectable()
export class LabelRepository {
  private readonly db: Kysely<DatasetsTables>;
  private readonly ofImages: PreparedRead<LabelName & { image_id: number }>;
  private readonly names: UntilWritten<number, ReadonlyMap<string, LabelName>>;

  constructor(database: Database) {
    this.db = database.tables<DatasetsTables>();
    this.ofImages = database.reads.prepare(
      this.db
        .selectFrom('image_labels')
        .innerJoin('labels', 'labels.id', 'image_labels.label_id')
        .select(['image_labels.image_id', 'labels.key', 'labels.name'])
        .where('image_labels.image_id', 'in', valuesOfJson<number>())
        .orderBy('labels.key'),
    );
    const ofDataset = database.reads.prepare(
      this.db.selectFrom('labels').select(['key', 'name']).where('dataset_id', '=', 0),
    );
    this.names = new UntilWritten<number, ReadonlyMap<string, LabelName>>(
      database.reads,
      (ids) => new Map(ids.map((id) => [id, new Map(ofDataset(id).map((label) => [label.key, label]))])),
    );
  }

  /** The labels of a dataset by key, including those that no image has. */
  namesOf(datasetId: number): ReadonlyMap<string, LabelName> {
    return this.names.get(datasetId) ?? new Map();
  }

  /** The labels of a dataset that at least one image has, in order of their keys. */
  async listUsed(datasetId: number): Promise<Label[]> {
    const rows = await this.db
      .selectFrom('labels')
      .innerJoin('image_labels', 'image_labels.label_id', 'labels.id')
      .select((eb) => [
        'labels.id',
        'labels.dataset_id',
        'labels.key',
        'labels.name',
        eb.fn.countAll<number>().as('images'),
      ])
      .where('labels.dataset_id', '=', datasetId)
      .groupBy(['labels.id', 'labels.dataset_id', 'labels.key', 'labels.name'])
      .orderBy('labels.key')
      .execute();
    return rows.map((row) => ({
      id: row.id,
      datasetId: row.dataset_id,
      key: row.key,
      name: row.name,
      imageCount: row.images,
    }));
  }

  /**
   * The keys of labels that are given by their keys or display names, by what was given. Labels that images have take
   * precedence over those that no image has, and then keys over names. What a dataset does not have is not in the
   * result.
   */
  async findByKeyOrName(datasetId: number, given: readonly string[]): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    for (const chunk of chunksOf([...new Set(given)], Math.floor(MAX_BOUND / 2) - 1)) {
      const rows = await this.db
        .selectFrom('labels')
        .select((eb) => [
          'key',
          'name',
          eb
            .exists(
              eb
                .selectFrom('image_labels')
                .select('image_id')
                .whereRef('image_labels.label_id', '=', 'labels.id'),
            )
            .as('used'),
        ])
        .where('dataset_id', '=', datasetId)
        .where((eb) => eb.or([eb('key', 'in', chunk), eb('name', 'in', chunk)]))
        .orderBy('key')
        .execute();
      for (const text of chunk) {
        const matching = [
          rows.filter(({ key, used }) => used && key === text),
          rows.filter(({ name, used }) => used && name === text),
          rows.filter(({ key }) => key === text),
          rows.filter(({ name }) => name === text),
        ].find((labels) => labels.length > 0);
        if (matching !== undefined)
          found.set(
            text,
            matching.map(({ key }) => key),
          );
      }
    }
    return found;
  }

  /** The keys of the labels of images in order, by image id, for every one of the images that exists. */
  async keysByImage(imageIds: readonly number[]): Promise<Map<number, string[]>> {
    const { rows } = await sql<{ id: number; key: string | null }>`
      select images.id, labels.key
      from json_each(${JSON.stringify(imageIds)}) as asked
      join images on images.id = asked.value
      left join image_labels on image_labels.image_id = images.id
      left join labels on labels.id = image_labels.label_id
      order by images.id, labels.key`.execute(this.db);
    const keys = new Map<number, string[]>();
    for (const { id, key } of rows) {
      const ofImage = keys.get(id) ?? [];
      if (key !== null) ofImage.push(key);
      keys.set(id, ofImage);
    }
    return keys;
  }

  /** The labels of images in order of their keys, by image id. Images without labels are not in the result. */
  listByImage(imageIds: readonly number[]): Map<number, LabelName[]> {
    const labels = new Map<number, LabelName[]>();
    for (const { image_id, key, name } of this.ofImages(JSON.stringify(imageIds))) {
      const ofImage = labels.get(image_id);
      if (ofImage === undefined) labels.set(image_id, [{ key, name }]);
      else ofImage.push({ key, name });
    }
    return labels;
  }

  /** Gives images labels, creating those that the dataset lacks. Existing links stay as they are. */
  async addToImages(
    datasetId: number,
    additions: readonly { readonly imageId: number; readonly labels: readonly string[] }[],
    names: ReadonlyMap<string, string>,
    transaction: CatalogueTransaction,
  ): Promise<void> {
    const keys = [...new Set(additions.flatMap(({ labels }) => labels))];
    const ids = await findOrCreateIds(datasetId, keys, names, transaction);
    const links = additions.flatMap(({ imageId, labels }) =>
      labels.map((key) => {
        const labelId = ids.get(key);
        if (labelId === undefined) throw new Error(`The label "${key}" was neither found nor created`);
        return { image_id: imageId, label_id: labelId };
      }),
    );
    for (const chunk of chunksOf(links, ROWS)) {
      await transaction
        .insertInto('image_labels')
        .values(chunk)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
  }

  /** Gives images exactly these labels, creating those that the dataset lacks. */
  async setOfImages(
    datasetId: number,
    images: readonly { readonly imageId: number; readonly labels: readonly string[] }[],
    transaction: CatalogueTransaction,
  ): Promise<void> {
    for (const chunk of chunksOf(images, MAX_BOUND)) {
      await transaction
        .deleteFrom('image_labels')
        .where(
          'image_id',
          'in',
          chunk.map(({ imageId }) => imageId),
        )
        .execute();
    }
    await this.addToImages(datasetId, images, new Map(), transaction);
  }

  /** Changes the names of existing labels, and resolves with those that had another. Unknown keys are ignored. */
  async rename(
    datasetId: number,
    names: ReadonlyMap<string, string>,
    transaction: CatalogueTransaction,
  ): Promise<string[]> {
    if (names.size === 0) return [];
    const labels = await transaction
      .selectFrom('labels')
      .select(['id', 'key', 'name'])
      .where('dataset_id', '=', datasetId)
      .execute();
    const renamed: string[] = [];
    for (const { id, key, name: before } of labels) {
      const name = names.get(key);
      if (name === undefined || name === before) continue;
      await transaction.updateTable('labels').set({ name }).where('id', '=', id).execute();
      renamed.push(key);
    }
    return renamed;
  }

  /** The ids of the images that have at least one of the labels. */
  async imagesWith(
    datasetId: number,
    keys: readonly string[],
    transaction: CatalogueTransaction,
  ): Promise<number[]> {
    const images = new Set<number>();
    for (const chunk of chunksOf(keys, MAX_BOUND)) {
      const rows = await transaction
        .selectFrom('image_labels')
        .innerJoin('labels', 'labels.id', 'image_labels.label_id')
        .select('image_labels.image_id')
        .where('labels.dataset_id', '=', datasetId)
        .where('labels.key', 'in', chunk)
        .execute();
      for (const { image_id: imageId } of rows) images.add(imageId);
    }
    return [...images];
  }

  async deleteAll(datasetId: number, transaction: CatalogueTransaction): Promise<void> {
    await transaction.deleteFrom('labels').where('dataset_id', '=', datasetId).execute();
  }
}

async function findOrCreateIds(
  datasetId: number,
  keys: readonly string[],
  names: ReadonlyMap<string, string>,
  transaction: CatalogueTransaction,
): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  for (const chunk of chunksOf(keys, MAX_BOUND)) {
    const rows = await transaction
      .selectFrom('labels')
      .select(['id', 'key'])
      .where('dataset_id', '=', datasetId)
      .where('key', 'in', chunk)
      .execute();
    for (const { id, key } of rows) ids.set(key, id);
  }
  const fresh = keys.filter((key) => !ids.has(key));
  for (const chunk of chunksOf(fresh, ROWS)) {
    const rows = await transaction
      .insertInto('labels')
      .values(chunk.map((key) => ({ dataset_id: datasetId, key, name: names.get(key) ?? key })))
      .returning(['id', 'key'])
      .execute();
    for (const { id, key } of rows) ids.set(key, id);
  }
  return ids;
}

import { Injectable } from '@nestjs/common';
import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import { chunksOf, MAX_BOUND } from '../../common/index.ts';
import { Database, valuesOfJson, type PreparedRead } from '../../database/index.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import {
  LabelOrder,
  type Label,
  type LabelName,
  type LabelPage,
  type LabelPosition,
  type LabelSelection,
} from './datasets.ts';
import type { CatalogueTransaction } from './transactions.ts';

/** The maximum number of rows that one statement writes. */
const ROWS = 100;

/** The rows of labels, and which images have them. */
@Injectable()
export class LabelRepository {
  private readonly db: Kysely<DatasetsTables>;
  private readonly ofImages: PreparedRead<LabelName & { image_id: number }>;

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
  }

  /** The labels of a dataset with these keys, by key, including those that no image has. */
  async findByKeys(datasetId: number, keys: readonly string[]): Promise<Map<string, Label>> {
    const rows = await this.db
      .selectFrom('labels')
      .select(COLUMNS)
      .where('dataset_id', '=', datasetId)
      .where('key', 'in', valuesIn(keys))
      .execute();
    return new Map(rows.map((row) => [row.key, row]));
  }

  /** The labels of a dataset that at least one image has, in order of their keys. */
  async listUsed(datasetId: number): Promise<Label[]> {
    return this.db
      .selectFrom('labels')
      .select(COLUMNS)
      .where('dataset_id', '=', datasetId)
      .where('image_count', '>', 0)
      .orderBy('key')
      .execute();
  }

  /** A page of the labels that at least one image has. */
  async list(datasetId: number, selection: LabelSelection, page: LabelPage): Promise<Label[]> {
    const { order, after, before, limit, backwards = false } = page;
    const [forth, back] = backwards ? (['desc', 'asc'] as const) : (['asc', 'desc'] as const);
    const isByKey = order === LabelOrder.KEY;
    // An index has the labels in either order. The sign keeps SQLite from the one by number, and from sorting that.
    const isUsed = isByKey ? sql<SqlBool>`+image_count > 0` : IS_USED;
    let query = this.db
      .selectFrom('labels')
      .select(COLUMNS)
      .where('dataset_id', '=', datasetId)
      .where(isUsed)
      .where(isSelected(selection))
      .limit(limit);
    if (!isByKey) query = query.orderBy('image_count', back);
    query = query.orderBy('key', forth);
    if (after !== undefined)
      query = query.where(isByKey ? sql<SqlBool>`key > ${after.key}` : isCommoner(after, false));
    if (before !== undefined)
      query = query.where(isByKey ? sql<SqlBool>`key < ${before.key}` : isCommoner(before, true));
    return query.execute();
  }

  /** How many labels at least one image has. */
  async count(datasetId: number, selection: LabelSelection): Promise<number> {
    const { labels } = await this.db
      .selectFrom('labels')
      .select((eb) => eb.fn.countAll<number>().as('labels'))
      .where('dataset_id', '=', datasetId)
      .where(IS_USED)
      .where(isSelected(selection))
      .executeTakeFirstOrThrow();
    return labels;
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
        .select(['key', 'name', 'image_count'])
        .where('dataset_id', '=', datasetId)
        .where((eb) => eb.or([eb('key', 'in', chunk), eb('name', 'in', chunk)]))
        .orderBy('key')
        .execute();
      const used = rows.filter(({ image_count: images }) => images > 0);
      for (const text of chunk) {
        const matching = [
          used.filter(({ key }) => key === text),
          used.filter(({ name }) => name === text),
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
    names: ReadonlyMap<string, string> = new Map(),
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
    await this.addToImages(datasetId, images, names, transaction);
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

  /** Deletes some of the labels that no image has. Resolves with how many; there may be more. */
  async deleteSomeUnused(
    datasetId: number,
    limit: number,
    transaction: CatalogueTransaction,
  ): Promise<number> {
    const { numDeletedRows } = await transaction
      .deleteFrom('labels')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('labels')
          .select('id')
          .where('dataset_id', '=', datasetId)
          .where('image_count', '=', 0)
          .limit(limit),
      )
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }

  async deleteAll(datasetId: number, transaction: CatalogueTransaction): Promise<void> {
    await transaction.deleteFrom('labels').where('dataset_id', '=', datasetId).execute();
  }
}

const COLUMNS = ['id', 'dataset_id as datasetId', 'key', 'name', 'image_count as imageCount'] as const;

/** A number in the text, not a bound one: otherwise the index of the labels in use would not serve. */
const IS_USED = sql<SqlBool>`image_count > 0`;

function isSelected({ contains = '', keys }: LabelSelection): RawBuilder<SqlBool> {
  const text = contains.toLowerCase();
  const parts = [
    ...(keys === undefined ? [] : [sql`key in ${valuesIn(keys)}`]),
    ...(text === ''
      ? []
      : [sql`(instr(text_lower(key), ${text}) > 0 or instr(text_lower(name), ${text}) > 0)`]),
  ];
  return parts.length === 0 ? sql<SqlBool>`true` : sql<SqlBool>`${sql.join(parts, sql` and `)}`;
}

/** Whether a label comes before or behind this one, the commonest first. An index looks up the first condition. */
function isCommoner({ imageCount, key }: LabelPosition, before: boolean): RawBuilder<SqlBool> {
  return before
    ? sql`image_count >= ${imageCount} and (image_count > ${imageCount} or key < ${key})`
    : sql`image_count <= ${imageCount} and (image_count < ${imageCount} or key > ${key})`;
}

/** Stored text is well-formed, so no other can equal it. */
function valuesIn(keys: readonly string[]): RawBuilder<string> {
  return sql`(select value from json_each(${JSON.stringify(keys.filter((key) => key.isWellFormed()))}))`;
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

import { Injectable } from '@nestjs/common';
import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import { LRUCache } from 'lru-cache';
import { Database, type CommittedReads, type RowPage } from '../../database/index.ts';
import { AttributeType, type AttributeFilter, type Filter } from '../../filters/index.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import { mayHold, passes, passesTest, UNINDEXED, valuesSought } from './filter-condition.ts';

export interface SelectionLimits {
  /** More labels or values than this are read together and sorted, instead of each in its order. */
  readonly ordered: number;
  /** A filter that needs more lists than this is tested on one image after another. */
  readonly lists: number;
  /** Lists are counted up to this length. */
  readonly counted: number;
  /** How many images are tested one after another before a list of at least `counted` ids is read and sorted. */
  readonly testedFirst: number;
  /** Lists that overlap are merged to be counted if it takes more tests than this to tell who is on several. */
  readonly testedToCount: number;
}

/** Ids of images as an index has them. Lists of one selection may overlap. */
interface IdList {
  readonly table: 'image_labels' | 'image_attributes';
  /** Selects a range of an index of the table. */
  readonly range: RawBuilder<SqlBool>;
  /** Whether the index has the range in the order of the ids. */
  readonly isOrdered: boolean;
  /** Whether it may contain an id more than once. */
  readonly mayRepeat: boolean;
  /** How many ids it has, each counted once; undefined if it takes a query to know that. */
  readonly length: number | undefined;
  /** Of a range, how `attribute_values` counts its images. */
  readonly values?: RawBuilder<SqlBool>;
  /** Of a range, what `attribute_blocks` tells about where its images may be. */
  readonly blocks?: { readonly attributeId: number; readonly mayHold: RawBuilder<SqlBool> };
  /** Whether the image with this id is on it. */
  readonly has: (id: RawBuilder<number>) => RawBuilder<SqlBool>;
  /** What the images must pass besides. */
  readonly rest: readonly Filter[];
}

/** The size of the blocks of `attribute_blocks`, as a power of two. */
const BLOCK_BITS = 10;
/** The number of totals that are kept until something is written. */
const KEPT_COUNTS = 1_000;

/**
 * Reads pages of the images that a filter selects. What it reads is bounded by the page, rather than by the number of
 * images that match, wherever an index lists them in the order of their ids: labels, values, and attributes that are
 * present. Of a conjunction, it reads the shortest list, and tests the rest on its images. Ranges are looked for where
 * their values may be and sorted otherwise, and whatever no index lists, such as `not`, is tested on one image after
 * another. Totals are kept until something is written.
 */
@Injectable()
export class ImageSelection {
  limits: SelectionLimits = {
    ordered: 32,
    lists: 200,
    counted: 20_000,
    testedFirst: 10_000,
    testedToCount: 100_000,
  };
  private readonly db: Kysely<DatasetsTables>;
  private readonly reads: CommittedReads;
  private readonly counts = new LRUCache<string, { readonly version: number; readonly images: number }>({
    max: KEPT_COUNTS,
  });

  constructor(database: Database) {
    this.db = database.tables<DatasetsTables>();
    this.reads = database.reads;
  }

  /** A query for the ids of a page of the images that the filter selects, in no order. */
  async idsOf(datasetId: number, filter: Filter, page: RowPage): Promise<RawBuilder<number>> {
    const lists = await this.listsOf(datasetId, filter);
    if (lists === undefined || lists.length > this.limits.lists) return this.tested(datasetId, filter, page);
    if (lists.length === 0) return sql<number>`select 0 where false`;
    if (await this.isAnyLong(lists)) {
      const first = await this.findAmongFirst(datasetId, filter, lists, page);
      if (first !== undefined) return sql<number>`select value from json_each(${JSON.stringify(first)})`;
    }
    const arms = lists.map((list) => {
      const arm = this.armOf(list, [...within(LISTED_ID, page), ...this.restOf(list, datasetId)]);
      return sql`select * from (${arm} ${inOrder(LISTED_ID, page)})`;
    });
    return sql<number>`${sql.join(arms, sql` union `)} ${inOrder(sql`image_id`, page)}`;
  }

  /** How many images the filter selects. */
  async count(datasetId: number, filter: Filter): Promise<number> {
    const key = JSON.stringify([datasetId, filter]);
    const version = this.reads.version();
    const kept = this.counts.get(key);
    if (kept?.version === version) return kept.images;
    const images = await this.countNow(datasetId, filter);
    this.counts.set(key, { version, images });
    return images;
  }

  private async countNow(datasetId: number, filter: Filter): Promise<number> {
    if (filter.kind === 'not') {
      const dataset = await this.db
        .selectFrom('datasets')
        .select('image_count')
        .where('id', '=', datasetId)
        .executeTakeFirst();
      return (dataset?.image_count ?? 0) - (await this.countNow(datasetId, filter.filter));
    }
    const lists = await this.listsOf(datasetId, filter, Infinity);
    if (lists === undefined || lists.length > this.limits.lists) {
      return this.countRows(
        sql`select count(*) as images from images where dataset_id = ${datasetId} and ${passes(filter, datasetId, IMAGES_ID)}`,
      );
    }
    const [list, ...others] = lists;
    if (list === undefined) return 0;
    if (others.length > 0) return this.countTogether(lists, datasetId);
    if (list.rest.length === 0) return this.lengthOf(list);
    return this.countListed(list, this.restOf(list, datasetId));
  }

  /** How many images are on at least one of the lists: those of each that are on none of the longer ones. */
  private async countTogether(lists: readonly IdList[], datasetId: number): Promise<number> {
    const arms = sql.join(
      lists.map((list) => this.armOf(list, this.restOf(list, datasetId))),
      sql` union `,
    );
    const merged = () => this.countRows(sql`select count(*) as images from (${arms})`);
    if (lists.some(({ rest }) => rest.length > 0)) return merged();
    const measured = [];
    for (const list of lists) measured.push({ list, length: await this.lengthOf(list) });
    measured.sort((a, b) => a.length - b.length);
    const tests = measured.reduce((sum, { length }, at) => sum + length * (lists.length - at - 1), 0);
    if (tests > this.limits.testedToCount) return merged();
    let sum = 0;
    for (const [at, { list, length }] of measured.entries()) {
      const longer = measured.slice(at + 1).map((one) => sql<SqlBool>`not ${one.list.has(LISTED_ID)}`);
      sum += longer.length === 0 ? length : await this.countListed(list, longer);
    }
    return sum;
  }

  private countListed(list: IdList, conditions: readonly RawBuilder<SqlBool>[]): Promise<number> {
    const count = list.mayRepeat ? sql`count(distinct listed.image_id)` : sql`count(*)`;
    return this.countRows(
      sql`select ${count} as images from ${sql.table(list.table)} as listed where ${and([list.range, ...conditions])}`,
    );
  }

  /** A query for the ids on a list, each once. */
  private armOf(list: IdList, conditions: readonly RawBuilder<SqlBool>[]): RawBuilder<number> {
    return sql<number>`select ${list.mayRepeat ? sql`distinct` : sql``} ${LISTED_ID} from ${sql.table(list.table)} as listed
      where ${and([list.range, ...conditions])}`;
  }

  private async countRows(query: RawBuilder<unknown>): Promise<number> {
    const { rows } = await (query as RawBuilder<{ images: number }>).execute(this.db);
    return rows[0]?.images ?? 0;
  }

  private restOf({ rest }: IdList, datasetId: number): RawBuilder<SqlBool>[] {
    return rest.map((filter) => passes(filter, datasetId, LISTED_ID));
  }

  private tested(datasetId: number, filter: Filter, page: RowPage): RawBuilder<number> {
    const inDataset = sql<SqlBool>`dataset_id = ${datasetId}`;
    return sql<number>`select id from images
      where ${and([inDataset, ...within(IMAGES_ID, page), passes(filter, datasetId, IMAGES_ID)])}
      ${inOrder(IMAGES_ID, page)}`;
  }

  /**
   * The page, if it is found among the first images of the dataset, or of the blocks in which the range may have any;
   * otherwise undefined. Few pages are not, unless few images match.
   */
  private async findAmongFirst(
    datasetId: number,
    filter: Filter,
    [list, ...others]: readonly IdList[],
    page: RowPage,
  ): Promise<number[] | undefined> {
    const limited = { ...page, limit: this.limits.testedFirst };
    const blocks = others.length === 0 ? list?.blocks : undefined;
    const candidates =
      blocks === undefined
        ? sql`select id from images where ${and([sql`dataset_id = ${datasetId}`, ...within(IMAGES_ID, page)])}
          ${inOrder(IMAGES_ID, limited)}`
        : inBlocks(blocks, limited);
    const { rows } = await sql<{ id: number }>`
      select id from (${candidates}) as first
      where ${passes(filter, datasetId, sql<number>`first.id`)} limit ${page.limit}`.execute(this.db);
    if (rows.length === page.limit || (await this.countRows(countOf(candidates))) < limited.limit) {
      return rows.map(({ id }) => id);
    }
    return undefined;
  }

  /** Undefined if no lists have all the images that the filter selects. */
  private async listsOf(
    datasetId: number,
    filter: Filter,
    counted = this.limits.counted,
  ): Promise<IdList[] | undefined> {
    switch (filter.kind) {
      case 'labels':
        return this.listsOfLabels(datasetId, filter.labels);
      case 'attribute':
        return this.listsOfAttribute(datasetId, filter);
      case 'or': {
        const all: IdList[] = [];
        for (const one of filter.filters) {
          const lists = await this.listsOf(datasetId, one, counted);
          if (lists === undefined) return undefined;
          all.push(...lists);
        }
        return all;
      }
      case 'and':
        return this.shortestOf(datasetId, filter.filters, counted);
      case 'not':
        return undefined;
    }
  }

  /** Lists whose length is not known are counted up to the shortest known one, or else up to `counted`. */
  private async shortestOf(
    datasetId: number,
    filters: readonly Filter[],
    counted: number,
  ): Promise<IdList[] | undefined> {
    const candidates: { readonly lists: IdList[]; readonly known: number; readonly rest: Filter[] }[] = [];
    for (const filter of filters) {
      const lists = await this.listsOf(datasetId, filter, counted);
      if (lists === undefined) continue;
      const known = lists.reduce((sum, { length = Infinity }) => sum + length, 0);
      candidates.push({ lists, known, rest: filters.filter((other) => other !== filter) });
    }
    candidates.sort((a, b) => a.known - b.known);
    let shortest = candidates[0];
    if (shortest === undefined) return undefined;
    let least = shortest.known;
    for (const candidate of candidates.length > 1 ? candidates : []) {
      if (candidate.known < Infinity) continue;
      const limit = least < Infinity ? least : counted;
      let length = 0;
      for (const list of candidate.lists) length += await this.lengthOf(list, limit);
      if (length < least) [shortest, least] = [candidate, length];
    }
    const { lists, rest } = shortest;
    return lists.map((list) => ({ ...list, rest: [...list.rest, ...rest] }));
  }

  private async listsOfLabels(datasetId: number, keys: readonly string[]): Promise<IdList[]> {
    const wellFormed = JSON.stringify(keys.filter((key) => key.isWellFormed()));
    const labels = await this.db
      .selectFrom('labels')
      .select(['id', 'image_count'])
      .where('dataset_id', '=', datasetId)
      .where('key', 'in', sql<string>`(select value from json_each(${wellFormed}))`)
      .where('image_count', '>', 0)
      .execute();
    const common = { table: 'image_labels', rest: [] } as const;
    const has = (range: RawBuilder<SqlBool>) => (id: RawBuilder<number>) =>
      sql<SqlBool>`exists (select 1 from image_labels where image_id = ${id} and ${range})`;
    if (labels.length > this.limits.ordered) {
      const ids = JSON.stringify(labels.map(({ id }) => id));
      const range = sql<SqlBool>`label_id in (select value from json_each(${ids}))`;
      return [{ ...common, range, isOrdered: false, mayRepeat: true, length: undefined, has: has(range) }];
    }
    return labels.map((label) => {
      const range = sql<SqlBool>`label_id = ${label.id}`;
      return {
        ...common,
        range,
        isOrdered: true,
        mayRepeat: false,
        length: label.image_count,
        has: has(range),
      };
    });
  }

  private async listsOfAttribute(datasetId: number, filter: AttributeFilter): Promise<IdList[] | undefined> {
    const { name, type, test } = filter;
    const attribute = name.isWellFormed()
      ? await this.db
          .selectFrom('attributes')
          .select(['id', 'image_count'])
          .where('dataset_id', '=', datasetId)
          .where('name', '=', name)
          .where('type', '=', type)
          .executeTakeFirst()
      : undefined;
    if (attribute === undefined) return [];
    const ofAttribute = sql<SqlBool>`attribute_id = ${attribute.id}`;
    const mayRepeat = type === AttributeType.STRINGS;
    const common = { table: 'image_attributes', rest: [], mayRepeat } as const;
    const has = (condition: RawBuilder<SqlBool>) => (id: RawBuilder<number>) =>
      sql<SqlBool>`exists (select 1 from image_attributes where image_id = ${id} and ${and([ofAttribute, condition])})`;
    if (test.op === 'exists') {
      const range = and([ofAttribute, passesTest(type, test)]);
      return [
        {
          ...common,
          range,
          isOrdered: true,
          mayRepeat: false,
          length: attribute.image_count,
          has: has(passesTest(type, test)),
        },
      ];
    }
    const values = valuesSought(type, test);
    if (values === undefined) return undefined;
    const { column, equal } = values;
    if (equal !== undefined && equal.length <= this.limits.ordered) {
      const counts = await this.db
        .selectFrom('attribute_values')
        .select(['value', 'image_count'])
        .where('attribute_id', '=', attribute.id)
        .where('value', 'in', sql<string | number>`(select value from json_each(${JSON.stringify(equal)}))`)
        .execute();
      return counts.map(({ value, image_count: length }) => ({
        ...common,
        range: and([ofAttribute, sql<SqlBool>`${column} = ${value}`]),
        isOrdered: true,
        length,
        has: has(sql<SqlBool>`+${column} = ${value}`),
      }));
    }
    const value = sql`value`;
    return [
      {
        ...common,
        range: and([ofAttribute, passesTest(type, test)]),
        isOrdered: false,
        length: undefined,
        ...(mayRepeat
          ? {}
          : { values: and([ofAttribute, passesTest(type, test, { text: value, number: value })]) }),
        ...(test.op === 'range' && {
          blocks: { attributeId: attribute.id, mayHold: mayHold(type, test) },
        }),
        has: has(passesTest(type, test, UNINDEXED)),
      },
    ];
  }

  private async isAnyLong(lists: readonly IdList[]): Promise<boolean> {
    const { counted } = this.limits;
    for (const list of lists) {
      if (!list.isOrdered && (await this.lengthOf(list, counted)) >= counted) return true;
    }
    return false;
  }

  /** How many images are on a list; any number from the limit on if it has more. */
  private async lengthOf(list: IdList, limit = Infinity): Promise<number> {
    const { table, range, length, values } = list;
    if (length !== undefined) return length;
    if (limit < Infinity) {
      return this.countRows(countOf(sql`select 1 from ${sql.table(table)} where ${range} limit ${limit}`));
    }
    if (values === undefined) return this.countListed(list, []);
    return this.countRows(
      sql`select coalesce(sum(image_count), 0) as images from attribute_values where ${values}`,
    );
  }
}

/** In a query over a list; `image_id` alone would be that of the table which a test reads. */
const LISTED_ID = sql<number>`listed.image_id`;
const IMAGES_ID = sql<number>`images.id`;

function and(conditions: readonly RawBuilder<SqlBool>[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`${sql.join(conditions, sql` and `)}`;
}

function within(id: RawBuilder<number>, { after, before }: RowPage): RawBuilder<SqlBool>[] {
  return [
    ...(after === undefined ? [] : [sql<SqlBool>`${id} > ${after}`]),
    ...(before === undefined ? [] : [sql<SqlBool>`${id} < ${before}`]),
  ];
}

function inOrder(id: RawBuilder<number>, { limit, backwards = false }: RowPage): RawBuilder<unknown> {
  return sql`order by ${id} ${backwards ? sql`desc` : sql`asc`} limit ${limit}`;
}

function countOf(query: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`select count(*) as images from (${query})`;
}

/** The ids of the images that have the attribute, in the blocks in which the range may have any. */
function inBlocks(
  { attributeId, mayHold: isPossible }: NonNullable<IdList['blocks']>,
  page: RowPage,
): RawBuilder<number> {
  const block = sql<number>`block.block`;
  const blocks = [
    sql<SqlBool>`block.attribute_id = ${attributeId}`,
    isPossible,
    ...(page.after === undefined ? [] : [sql<SqlBool>`${block} >= ${page.after} >> ${BLOCK_BITS}`]),
    ...(page.before === undefined ? [] : [sql<SqlBool>`${block} <= ${page.before} >> ${BLOCK_BITS}`]),
  ];
  const images = [
    sql<SqlBool>`listed.attribute_id = ${attributeId} and listed.position = 0`,
    sql<SqlBool>`${LISTED_ID} between ${block} << ${BLOCK_BITS} and ((${block} + 1) << ${BLOCK_BITS}) - 1`,
    ...within(LISTED_ID, page),
  ];
  const order = page.backwards === true ? sql`desc` : sql`asc`;
  return sql<number>`select ${LISTED_ID} as id from attribute_blocks as block cross join image_attributes as listed
    where ${and([...blocks, ...images])}
    order by ${block} ${order}, ${LISTED_ID} ${order} limit ${page.limit}`;
}

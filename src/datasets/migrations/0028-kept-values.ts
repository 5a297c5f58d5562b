import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What requests need to know of labels and values without reading those of all images: labels by their number of
 * images, how many images have each value, and between which values those of 1,024 images lie. Triggers keep the
 * tables, as they keep the counts of 0024.
 */
export const keepValues: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of [LABELS, ...VALUES, ...BLOCKS]) await sql.raw(statement).execute(db);
  },
};

const LABELS = `create index labels_by_image_count on labels (dataset_id, image_count desc, key)
  where image_count > 0`;

// One of the two is null, or both for an empty list.
const valueOf = (row: string) => `coalesce(${row}text, ${row}number)`;
/** A list may have a string twice; it counts once. */
const isElsewhere = (row: string) => `exists (
  select 1 from image_attributes as other
  where other.image_id = ${row}image_id and other.attribute_id = ${row}attribute_id
    and other.position <> ${row}position and ${valueOf('other.')} = ${valueOf(row)}
)`;

const VALUES = [
  `create table attribute_values (
    attribute_id integer not null,
    value not null,
    image_count integer not null,
    primary key (attribute_id, value)
  ) without rowid`,
  `insert into attribute_values
    select attribute_id, ${valueOf('')}, count(distinct image_id) from image_attributes
    where ${valueOf('')} is not null group by 1, 2`,
  'create index attribute_values_by_count on attribute_values (attribute_id, image_count desc, value)',
  `create trigger attribute_values_added after insert on image_attributes
    when ${valueOf('new.')} is not null and not ${isElsewhere('new.')} begin
      insert into attribute_values (attribute_id, value, image_count)
      values (new.attribute_id, ${valueOf('new.')}, 1)
      on conflict (attribute_id, value) do update set image_count = image_count + 1;
    end`,
  `create trigger attribute_values_deleted after delete on image_attributes
    when ${valueOf('old.')} is not null and not ${isElsewhere('old.')} begin
      update attribute_values set image_count = image_count - 1
      where attribute_id = old.attribute_id and value = ${valueOf('old.')};
      delete from attribute_values
      where attribute_id = old.attribute_id and value = ${valueOf('old.')} and image_count = 0;
    end`,
];

// Deletions leave the bounds as they are: too wide ones are no mistake.
const BLOCKS = [
  `create table attribute_blocks (
    attribute_id integer not null,
    block integer not null,
    least not null,
    most not null,
    primary key (attribute_id, block)
  ) without rowid`,
  `insert into attribute_blocks
    select attribute_id, image_id >> 10, min(${valueOf('')}), max(${valueOf('')}) from image_attributes
    where ${valueOf('')} is not null group by 1, 2`,
  `create trigger attribute_blocks_widened after insert on image_attributes
    when ${valueOf('new.')} is not null begin
      insert into attribute_blocks (attribute_id, block, least, most)
      values (new.attribute_id, new.image_id >> 10, ${valueOf('new.')}, ${valueOf('new.')})
      on conflict (attribute_id, block)
      do update set least = min(least, excluded.least), most = max(most, excluded.most)
      where excluded.least < least or excluded.most > most;
    end`,
  `create trigger attributes_deleted after delete on attributes begin
    delete from attribute_blocks where attribute_id = old.id;
  end`,
];

import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Counts that requests show, kept by triggers: whoever writes the rows, in whichever process, commits or rolls back the
 * count with them. A foreign key that deletes rows fires the triggers as well.
 */
export const keepCounts: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of [...COUNTED_IMAGES, ...COUNTED_DOWNLOADS]) await sql.raw(statement).execute(db);
  },
};

const COUNTED_IMAGES = [
  // Not only of the first values: otherwise the deletion of an attribute reads the values of all images.
  'drop index image_attributes_by_image',
  'create index image_attributes_by_image on image_attributes (attribute_id, position, image_id)',
  'alter table datasets add column image_count integer not null default 0',
  'alter table labels add column image_count integer not null default 0',
  'alter table attributes add column image_count integer not null default 0',
  `update datasets set image_count = (select count(*) from images where dataset_id = datasets.id)`,
  `update labels set image_count = (select count(*) from image_labels where label_id = labels.id)`,
  `update attributes set image_count = (
    select count(*) from image_attributes where attribute_id = attributes.id and position = 0
  )`,
  `create trigger images_added after insert on images begin
    update datasets set image_count = image_count + 1 where id = new.dataset_id;
  end`,
  `create trigger images_deleted after delete on images begin
    update datasets set image_count = image_count - 1 where id = old.dataset_id;
  end`,
  `create trigger image_labels_added after insert on image_labels begin
    update labels set image_count = image_count + 1 where id = new.label_id;
  end`,
  `create trigger image_labels_deleted after delete on image_labels begin
    update labels set image_count = image_count - 1 where id = old.label_id;
  end`,
  `create trigger image_attributes_added after insert on image_attributes when new.position = 0 begin
    update attributes set image_count = image_count + 1 where id = new.attribute_id;
  end`,
  `create trigger image_attributes_deleted after delete on image_attributes when old.position = 0 begin
    update attributes set image_count = image_count - 1 where id = old.attribute_id;
  end`,
];

// Rows of outcomes that no URL has any more stay, with 0 URLs, until the dataset is deleted.
const ADD = `
  insert into download_counts (dataset_id, host, state, code, urls, bytes)
  values (new.dataset_id, new.host, new.state, coalesce(new.code, ''), 1, coalesce(new.bytes, 0))
  on conflict (dataset_id, host, state, code)
  do update set urls = urls + 1, bytes = bytes + excluded.bytes;`;
const SUBTRACT = `
  update download_counts set urls = urls - 1, bytes = bytes - coalesce(old.bytes, 0)
  where dataset_id = old.dataset_id and host = old.host and state = old.state and code = coalesce(old.code, '');`;

const COUNTED_DOWNLOADS = [
  `create table download_counts (
    dataset_id integer not null,
    host text not null,
    state text not null,
    code text not null,
    urls integer not null,
    bytes integer not null,
    primary key (dataset_id, host, state, code)
  ) without rowid`,
  `insert into download_counts
    select dataset_id, host, state, coalesce(code, ''), count(*), coalesce(sum(bytes), 0)
    from downloads group by 1, 2, 3, 4`,
  `create trigger downloads_added after insert on downloads begin ${ADD} end`,
  `create trigger downloads_deleted after delete on downloads begin ${SUBTRACT} end`,
  `create trigger downloads_updated after update of dataset_id, host, state, code, bytes on downloads
    begin ${SUBTRACT} ${ADD} end`,
  // Pages in the order of ids: of all downloads, and of each outcome.
  'create index downloads_by_dataset on downloads (dataset_id, id)',
  'create index downloads_by_outcome on downloads (dataset_id, state, code, id)',
  'drop index downloads_by_state',
  // The images whose downloads failed, in the order of their names.
  `create index downloads_failed on downloads (dataset_id, external_id, code) where state = 'FAILED'`,
];

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { seededRandom } from '../src/common/seeded-random.ts';

/** The name of the dataset that `fillCatalogue` makes. */
export const CATALOGUE = 'catalogue';

const SEED = 17;
const FOLDERS = 20;
const TAIL_LABELS = 1_000;
const BRANDS = 500;
const HOSTS = 5;
const OTHER_DATASETS = 300;
const JOBS = 10_000;
const FAILURES = 100_000;
const FAILED_DOWNLOADS = 20_000;
const START = Date.UTC(2026, 0, 1);

/**
 * Fills the tables of a data folder that is up to date, past the service but through its triggers: a dataset of
 * `images` images with labels, attributes, downloads, hashes and changes, 300 empty datasets, and 10,000 jobs of which
 * one has 100,000 failures. The rows are always the same.
 *
 * Labels: one of 20 folders, in the order of the images, as an import of folders gives them; `common` on 10 % of the
 * images and `rare` on 0.5 %, scattered; and one of 1,000 others. Attributes: `brand` (500 values, some much more
 * frequent than others), `price` (0 to 1,000), `added` (rising with the images). One image in 100 has the file of an
 * earlier one.
 */
export function fillCatalogue(file: string, images: number): void {
  const db = new BetterSqlite3(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = OFF');
  db.pragma('cache_size = -500000');
  db.pragma('foreign_keys = ON');
  const random = seededRandom(SEED);
  const below = (bound: number) => Math.floor(random() * bound);
  db.transaction(() => {
    const addDataset = db.prepare('insert into datasets (name, created_at) values (?, ?)');
    const dataset = addDataset.run(CATALOGUE, START).lastInsertRowid;
    for (let at = 0; at < OTHER_DATASETS; at += 1) addDataset.run(`other-${at}`, START);
    addImages(db, dataset, images, { random, below });
    addJobs(db, dataset);
  })();
  db.pragma('wal_checkpoint(truncate)');
  db.close();
}

/**
 * Gives the images of the catalogue in a data folder their stored files, those that are missing: an import asks whether
 * they exist, and a deletion removes them. They hold a few bytes, none of which is read, and take a block of the disk each.
 */
export async function storeFiles(dataDir: string): Promise<void> {
  const { FilesystemImageStore } = await import('../src/datasets/files/filesystem.image-store.ts');
  const db = new BetterSqlite3(join(dataDir, 'lookalike.db'), { readonly: true });
  const store = new FilesystemImageStore(join(dataDir, 'images'));
  const files = db.prepare('select distinct sha256 from images order by sha256').pluck();
  for (const sha256 of files.iterate() as IterableIterator<string>) {
    const file = store.locate(sha256);
    if (existsSync(file)) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, sha256);
  }
  db.close();
}

interface Random {
  readonly random: () => number;
  readonly below: (bound: number) => number;
}

function addImages(db: BetterSqlite3.Database, dataset: number | bigint, images: number, by: Random): void {
  const { random, below } = by;
  const addLabel = db.prepare('insert into labels (dataset_id, key, name) values (?, ?, ?)');
  const label = (key: string) => addLabel.run(dataset, key, `Name of ${key}`).lastInsertRowid;
  const folders = Array.from({ length: FOLDERS }, (_, at) => label(`folder-${at}`));
  const common = label('common');
  const rare = label('rare');
  const tail = Array.from({ length: TAIL_LABELS }, (_, at) => label(`tail-${at}`));
  const addAttribute = db.prepare('insert into attributes (dataset_id, name, type) values (?, ?, ?)');
  const attribute = (name: string, type: string) => addAttribute.run(dataset, name, type).lastInsertRowid;
  const [brand, price, added] = [
    attribute('brand', 'STRING'),
    attribute('price', 'NUMBER'),
    attribute('added', 'DATE'),
  ];

  const addImage = db.prepare(`
    insert into images (dataset_id, external_id, sha256, source_url, file_name, width, height, format, bytes, created_at)
    values (?, ?, ?, ?, ?, 800, 600, 'jpeg', 60000, ?)`);
  const link = db.prepare('insert into image_labels (image_id, label_id) values (?, ?)');
  const assign = db.prepare(
    'insert into image_attributes (image_id, attribute_id, position, text, number) values (?, ?, 0, ?, ?)',
  );
  const change = db.prepare(
    'insert into image_changes (change, dataset_id, image_id, deleted, picture_change) values (?, ?, ?, 0, ?)',
  );
  const hash = db.prepare('insert into image_hashes (sha256, high, low) values (?, ?, ?)');
  const download = db.prepare(`
    insert into downloads (dataset_id, external_id, url, host, labels, state, code, message, http_status, attempts,
      bytes, ms, sha256, job_id, tried_at)
    values (?, ?, ?, ?, '["common"]', ?, ?, ?, ?, 1, ?, 120, ?, 1, ?)`);

  const word = () => Math.floor(random() * 2 ** 32);
  const hex = () => word().toString(16).padStart(8, '0');
  let sha256 = '';
  for (let at = 0; at < images; at += 1) {
    if (at % 100 !== 1) {
      sha256 = Array.from({ length: 8 }, hex).join('');
      hash.run(sha256, word() | 0, word() | 0);
    }
    const externalId = externalIdOf(at);
    const host = `cdn-${at % HOSTS}.test`;
    const url = `https://${host}/pictures/${externalId}.jpg`;
    const { lastInsertRowid: id } = addImage.run(
      dataset,
      externalId,
      sha256,
      url,
      `${externalId}.jpg`,
      START + at,
    );
    link.run(id, folders[Math.floor((at * FOLDERS) / images)]);
    if (random() < 0.1) link.run(id, common);
    if (random() < 0.005) link.run(id, rare);
    link.run(id, tail[below(TAIL_LABELS)]);
    assign.run(id, brand, `brand-${Math.floor(random() ** 3 * BRANDS)}`, null);
    assign.run(id, price, null, below(100_000) / 100);
    assign.run(id, added, null, START + at * 1_000);
    change.run(id, dataset, id, id);
    download.run(dataset, externalId, url, host, 'SUCCEEDED', null, null, 200, 60_000, sha256, START);
  }
  for (let at = 0; at < FAILED_DOWNLOADS; at += 1) {
    const host = `cdn-${at % HOSTS}.test`;
    const code = at % 4 === 0 ? 'URL_TIMED_OUT' : 'URL_STATUS';
    const url = `https://${host}/missing/${at}.jpg`;
    download.run(dataset, `missing-${at}`, url, host, 'FAILED', code, 'It failed.', 404, null, null, START);
  }
}

function addJobs(db: BetterSqlite3.Database, dataset: number | bigint): void {
  const addJob = db.prepare(`
    insert into jobs (kind, dataset_id, input, state, total, done, failed, created_at, started_at, finished_at)
    values ('BUILD_INDEX', ?, ?, ?, 1, 1, 0, ${START}, ${START}, ${START})`);
  for (let at = 0; at < JOBS; at += 1) {
    addJob.run(dataset, `{"run":${at}}`, at % 10 === 0 ? 'FAILED' : 'SUCCEEDED');
  }
  const fail = db.prepare('insert into job_failures (job_id, item, code, message) values (?, ?, ?, ?)');
  for (let at = 0; at < FAILURES; at += 1) {
    fail.run(JOBS, `item-${at}`, at % 7 === 0 ? 'URL_TIMED_OUT' : 'URL_STATUS', 'It failed.');
  }
}

/** Of the image at this place, counted from 0. */
export function externalIdOf(at: number): string {
  return `item-${String(at).padStart(9, '0')}`;
}

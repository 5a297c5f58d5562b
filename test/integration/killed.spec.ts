import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import { sharedPath } from '../shared-data.ts';
import { seededRandom } from '../contracts/vectors.ts';
import { complaintsOf, ended, start } from './lookalike.ts';

const gallery =
  sharedPath('data/clothing/gallery') ?? fileURLToPath(new URL('../../samples/stamps', import.meta.url));
const KILLS = 20;

/** The results that must not depend on how often the process was killed. */
function stateOf(dataDir: string) {
  const db = new BetterSqlite3(join(dataDir, 'lookalike.db'), { readonly: true });
  try {
    const images = db
      .prepare(
        `select images.external_id, images.sha256, group_concat(labels.key) as labels
         from images
         left join image_labels on image_labels.image_id = images.id
         left join labels on labels.id = image_labels.label_id
         group by images.id order by images.external_id`,
      )
      .all();
    const vectors = db
      .prepare(
        `select images.external_id, hex(vector_values.vector) as vector
         from vector_entries
         join vector_values on vector_values.id = vector_entries.id
         join images on images.id = vector_entries.image_id
         order by images.external_id`,
      )
      .all();
    const all = db.prepare('select count(*) as entries from vector_entries').get();
    return { images, vectors, all };
  } finally {
    db.close();
  }
}

/** Fixed, because a benchmark on the machine could choose differently for two data folders. */
const ALIKE = {
  EMBEDDING_PRECISION: 'int8',
  EMBEDDING_SESSIONS: '2',
  EMBEDDING_THREADS: '1',
  EMBEDDING_BATCH: '4',
};

describe('a process that is killed repeatedly', () => {
  let disturbed: string;
  let undisturbed: string;

  beforeEach(async () => {
    disturbed = await mkdtemp(join(tmpdir(), 'lookalike-'));
    undisturbed = await mkdtemp(join(tmpdir(), 'lookalike-'));
  });
  afterEach(async () => {
    await rm(disturbed, { recursive: true, force: true });
    await rm(undisturbed, { recursive: true, force: true });
  });

  it(`has imported and indexed the same after ${KILLS} kills as one that was left alone`, async () => {
    const commands = [
      ['import', 'directory', gallery, '--dataset', 'clothing'],
      ['index', 'clothing'],
    ];
    const random = seededRandom(20_261_124);
    let kills = 0;
    for (const command of commands) {
      expect((await ended(start(undisturbed, command, ALIKE))).code).toBe(0);
      const until = kills + KILLS / commands.length;
      while (kills < until) {
        const child = start(disturbed, command, ALIKE);
        const end = ended(child);
        await sleep(300 + random() * 2_500);
        child.kill('SIGKILL');
        await end;
        kills += 1;
      }
      const last = await ended(start(disturbed, command, ALIKE));
      expect({ code: last.code, complaints: complaintsOf(last) }).toEqual({ code: 0, complaints: [] });
    }
    const after = stateOf(disturbed);
    expect(after.images.length).toBeGreaterThanOrEqual(100);
    expect(after).toEqual(stateOf(undisturbed));

    // No half-written files remain either.
    const files = await readdir(disturbed, { recursive: true });
    expect(files.filter((name) => /\.(tmp|part)\b/.test(name))).toEqual([]);
  });
});

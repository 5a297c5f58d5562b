import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeFeatureExtractor, fakeManifest } from '../../../test/fakes/fake.feature-extractor.ts';
import { Database, migrate } from '../../database/index.ts';
import { FeatureExtractors } from './feature-extractors.ts';
import { embeddingsMigrations } from '../migrations/index.ts';
import { ModelCatalogue } from '../catalogue/model-catalogue.ts';
import { networkIdentity } from '../models/model-identity.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import { PrecisionChoices, type PrecisionSettings } from './precision-choices.ts';
import { precisionTrial } from './precision-trial.ts';

const variant = (changes: Partial<ModelManifest>): ModelManifest => ({ ...fakeManifest, ...changes });
const int8 = variant({ precision: 'int8', sha256: '8'.repeat(64) });
const float = variant({});
const tfjs = variant({ format: 'tfjs-graph', file: 'fake/model.json' });
const single = variant({ id: 'single', precision: 'int8' });
const catalogue = ModelCatalogue.of({ models: [float, int8, tfjs, single] });

describe('PrecisionChoices', () => {
  let folder: string;
  let database: Database;
  let trials: string[][];
  let logged: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    database = Database.open(folder);
    await migrate(database, embeddingsMigrations);
    [trials, logged] = [[], []];
  });

  afterEach(async () => {
    await database.close();
    await rm(folder, { recursive: true });
  });

  /** As after a start, on a machine where the variants manage so many pictures a second. */
  async function start(
    rates: { int8: number; float32: number },
    settings: Partial<PrecisionSettings> = {},
  ): Promise<PrecisionChoices> {
    const measure = async (variants: readonly ModelManifest[]) => {
      trials.push(variants.map(({ precision }) => precision));
      await new Promise(setImmediate);
      return variants.map(({ precision }) => rates[precision]);
    };
    const logger = { log: (message: string) => void logged.push(message), warn: () => undefined };
    const all = { formats: ['onnx'], precision: 'auto', ...settings } as const;
    const choices = new PrecisionChoices(database, catalogue, all, measure, logger);
    await choices.reload();
    return choices;
  }

  it.each([
    [{ int8: 200, float32: 100 }, 'int8'],
    [{ int8: 105, float32: 100 }, 'float32'],
    [{ int8: 60, float32: 100 }, 'float32'],
  ])('chooses at %j %s, once, and says so', async (rates, expected) => {
    const choices = await start(rates);
    expect((await choices.decide({ id: 'fake' })).precision).toBe(expected);
    expect(choices.current({ id: 'fake' }).precision).toBe(expected);
    await choices.decide({ id: 'fake' });
    expect(trials).toEqual([['int8', 'float32']]);
    expect(logged).toEqual([expect.stringContaining(`fake is used in ${expected}`)]);
  });

  it('never chooses again, on whatever machine', async () => {
    await (await start({ int8: 200, float32: 100 })).decide({ id: 'fake' });
    const later = await start({ int8: 10, float32: 100 });
    expect(later.current({ id: 'fake' }).precision).toBe('int8');
    expect((await later.decide({ id: 'fake' })).precision).toBe('int8');
    expect(trials).toHaveLength(1);
  });

  it('makes one trial where several ask at once, and heeds what another process chose', async () => {
    const [one, other] = [await start({ int8: 50, float32: 100 }), await start({ int8: 200, float32: 100 })];
    const both = await Promise.all([one.decide({ id: 'fake' }), one.decide({ id: 'fake' })]);
    expect(both.map(({ precision }) => precision)).toEqual(['float32', 'float32']);
    expect((await other.decide({ id: 'fake' })).precision).toBe('float32');
    expect(trials).toHaveLength(1);
  });

  it('takes what an index was built with for the choice', async () => {
    const choices = await start({ int8: 200, float32: 100 });
    await choices.adopt(networkIdentity(float));
    await choices.adopt(networkIdentity(int8));
    expect((await choices.decide({ id: 'fake' })).precision).toBe('float32');
    expect(trials).toEqual([]);
  });

  it('tries nothing where the spec, the configuration or what there is leaves no choice', async () => {
    const choices = await start({ int8: 200, float32: 100 });
    expect((await choices.decide({ id: 'fake', precision: 'float32' })).precision).toBe('float32');
    expect((await choices.decide({ id: 'single' })).precision).toBe('int8');
    const fixed = await start({ int8: 200, float32: 100 }, { precision: 'float32' });
    expect((await fixed.decide({ id: 'fake' })).precision).toBe('float32');
    // Of one that is there in int8 only, EMBEDDING_PRECISION does not make none at all.
    expect((await fixed.decide({ id: 'single' })).precision).toBe('int8');
    await expect(fixed.decide({ id: 'single', precision: 'float32' })).rejects.toMatchObject({
      code: 'MODEL_UNKNOWN',
      details: { known: ['single (onnx, int8)'] },
    });
    expect(trials).toEqual([]);
  });

  it('keeps to the formats of the runtime', async () => {
    const choices = await start({ int8: 1, float32: 1 }, { formats: ['tfjs-graph', 'tfjs-layers'] });
    expect(choices.current({ id: 'fake' })).toBe(catalogue.get('fake', { format: 'tfjs-graph' }));
    expect(() => choices.current({ id: 'single' })).toThrow(
      expect.objectContaining({ code: 'MODEL_UNKNOWN' }),
    );
    expect(() => choices.current({ id: 'resnet' })).toThrow(
      expect.objectContaining({ code: 'MODEL_UNKNOWN' }),
    );
  });
});

describe('precisionTrial', () => {
  it('measures each variant, in turns, and closes them', async () => {
    const made: { precision: string; extractor: FakeFeatureExtractor }[] = [];
    const turns: string[] = [];
    const makers = new FeatureExtractors(({ precision }, _, plan) => {
      expect(plan).toEqual({ sessions: 1, threads: 1, batch: 1 });
      const extractor = new FakeFeatureExtractor();
      extractor.before = async () => {
        if (turns.at(-1) !== precision) turns.push(precision);
        await new Promise(setImmediate);
      };
      made.push({ precision, extractor });
      return Promise.resolve(extractor);
    });
    const rates = await precisionTrial(
      catalogue,
      makers,
    )([catalogue.get('fake', { precision: 'int8' }), catalogue.get('fake', { precision: 'float32' })]);
    expect(rates).toHaveLength(2);
    expect(rates.every((rate) => rate > 0)).toBe(true);
    expect(turns.slice(0, 4)).toEqual(['int8', 'float32', 'int8', 'float32']);
    expect(made.every(({ extractor }) => extractor.closed)).toBe(true);
  });
});

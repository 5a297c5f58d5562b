import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeFeatureExtractor, fakeManifest } from '../../../test/fakes/fake.feature-extractor.ts';
import { FaultyStatements } from '../../../test/fakes/faulty-statements.ts';
import { Database, migrate } from '../../database/index.ts';
import { embeddingsConfig } from '../../../test/fakes/fake.embeddings.ts';
import { embeddingsMigrations } from '../migrations/index.ts';
import { ModelCatalogue } from '../catalogue/model-catalogue.ts';
import { networkIdentity } from '../models/model-identity.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import { PrecisionChoices } from './precision-choices.ts';
import { PrecisionTrial } from './precision-trial.ts';
import type { SessionPlan } from './session-plan.ts';
import type { EmbeddingsConfig } from '../embeddings.config.ts';

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
    jest.spyOn(Logger.prototype, 'debug').mockImplementation((message: string) => void logged.push(message));
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await database.close();
    await rm(folder, { recursive: true });
  });

  /** As after a restart, on a machine where the variants process this many pictures per second. */
  async function start(
    rates: { int8: number; float32: number },
    settings: Partial<EmbeddingsConfig> = {},
  ): Promise<PrecisionChoices> {
    const measureVariants = async (variants: readonly ModelManifest[]) => {
      trials.push(variants.map(({ precision }) => precision));
      await new Promise(setImmediate);
      return variants.map(({ precision }) => rates[precision]);
    };
    const trial = { measureVariants } as PrecisionTrial;
    const choices = new PrecisionChoices(database, catalogue, trial, embeddingsConfig(settings));
    await choices.reloadChoices();
    return choices;
  }

  it.each([
    [{ int8: 200, float32: 100 }, 'int8'],
    [{ int8: 105, float32: 100 }, 'float32'],
    [{ int8: 60, float32: 100 }, 'float32'],
  ])('with the rates %j, chooses %s once and logs it', async (rates, expected) => {
    const choices = await start(rates);
    expect((await choices.chooseVariant({ id: 'fake' })).precision).toBe(expected);
    expect(choices.currentVariant({ id: 'fake' }).precision).toBe(expected);
    await choices.chooseVariant({ id: 'fake' });
    expect(trials).toEqual([['int8', 'float32']]);
    expect(logged).toEqual([expect.stringContaining(`fake is used in ${expected}`)]);
  });

  it('never chooses again, even on another machine', async () => {
    await (await start({ int8: 200, float32: 100 })).chooseVariant({ id: 'fake' });
    const later = await start({ int8: 10, float32: 100 });
    expect(later.currentVariant({ id: 'fake' }).precision).toBe('int8');
    expect((await later.chooseVariant({ id: 'fake' })).precision).toBe('int8');
    expect(trials).toHaveLength(1);
  });

  it('makes one trial for simultaneous calls, and respects the choice of another process', async () => {
    const [one, other] = [await start({ int8: 50, float32: 100 }), await start({ int8: 200, float32: 100 })];
    const both = await Promise.all([one.chooseVariant({ id: 'fake' }), one.chooseVariant({ id: 'fake' })]);
    expect(both.map(({ precision }) => precision)).toEqual(['float32', 'float32']);
    expect((await other.chooseVariant({ id: 'fake' })).precision).toBe('float32');
    expect(trials).toHaveLength(1);
  });

  it('takes the precision of an existing index as the choice', async () => {
    const choices = await start({ int8: 200, float32: 100 });
    await choices.adoptPrecision(networkIdentity(float));
    await choices.adoptPrecision(networkIdentity(int8));
    expect((await choices.chooseVariant({ id: 'fake' })).precision).toBe('float32');
    expect(trials).toEqual([]);
  });

  it('uses a choice that cannot be kept on a full disk, and says so', async () => {
    const warned: string[] = [];
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((message: string) => void warned.push(message));
    const choices = await start({ int8: 200, float32: 100 });
    const faults = new FaultyStatements(database);
    faults.fail({ code: 'SQLITE_FULL' });
    expect((await choices.chooseVariant({ id: 'fake' })).precision).toBe('int8');
    await choices.chooseVariant({ id: 'fake' });
    await choices.adoptPrecision(networkIdentity(single));
    expect(trials).toHaveLength(1);
    expect(warned).toEqual([expect.stringContaining('fake'), expect.stringContaining('single')]);
    faults.heal();
    const later = await start({ int8: 50, float32: 100 });
    expect((await later.chooseVariant({ id: 'fake' })).precision).toBe('float32');
  });

  it('makes no trial if the spec, the configuration or the catalogue leaves no choice', async () => {
    const choices = await start({ int8: 200, float32: 100 });
    expect((await choices.chooseVariant({ id: 'fake', precision: 'float32' })).precision).toBe('float32');
    expect((await choices.chooseVariant({ id: 'single' })).precision).toBe('int8');
    const fixed = await start({ int8: 200, float32: 100 }, { EMBEDDING_PRECISION: 'float32' });
    expect((await fixed.chooseVariant({ id: 'fake' })).precision).toBe('float32');
    // EMBEDDING_PRECISION does not rule out a network that only comes in int8.
    expect((await fixed.chooseVariant({ id: 'single' })).precision).toBe('int8');
    await expect(fixed.chooseVariant({ id: 'single', precision: 'float32' })).rejects.toMatchObject({
      code: 'MODEL_UNKNOWN',
      details: { known: ['single (onnx, int8)'] },
    });
    expect(trials).toEqual([]);
  });

  it('only chooses formats that the runtime reads', async () => {
    const choices = await start({ int8: 1, float32: 1 }, { EMBEDDING_RUNTIME: 'tfjs' });
    expect(choices.currentVariant({ id: 'fake' })).toBe(
      catalogue.getVariant('fake', { format: 'tfjs-graph' }),
    );
    expect(() => choices.currentVariant({ id: 'single' })).toThrow(
      expect.objectContaining({ code: 'MODEL_UNKNOWN' }),
    );
    expect(() => choices.currentVariant({ id: 'resnet' })).toThrow(
      expect.objectContaining({ code: 'MODEL_UNKNOWN' }),
    );
  });
});

describe('PrecisionTrial', () => {
  it('measures the variants in turns and closes them', async () => {
    const made: { precision: string; extractor: FakeFeatureExtractor }[] = [];
    const turns: string[] = [];
    const makeExtractor = async ({ precision }: ModelManifest, _folder: string, plan: SessionPlan) => {
      expect(plan).toEqual({ sessions: 1, threads: 1, batch: 1 });
      const extractor = new FakeFeatureExtractor();
      extractor.before = async () => {
        if (turns.at(-1) !== precision) turns.push(precision);
        await new Promise(setImmediate);
      };
      made.push({ precision, extractor });
      return extractor;
    };
    const rates = await new PrecisionTrial(catalogue, { makeExtractor }).measureVariants([
      catalogue.getVariant('fake', { precision: 'int8' }),
      catalogue.getVariant('fake', { precision: 'float32' }),
    ]);
    expect(rates).toHaveLength(2);
    expect(rates.every((rate) => rate > 0)).toBe(true);
    expect(turns.slice(0, 4)).toEqual(['int8', 'float32', 'int8', 'float32']);
    expect(made.every(({ extractor }) => extractor.closed)).toBe(true);
  });
});

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { fakeManifest } from '../../../test/fakes/fake.feature-extractor.ts';
import { FakeFeatureMapSessions } from '../../../test/fakes/fake.feature-maps.ts';
import { ModelCatalogue } from '../catalogue/model-catalogue.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import { FeatureMapPool } from './feature-map-pool.ts';
import { Network } from './network.ts';

const manifests = Array.from({ length: 6 }, (_, at): ModelManifest => ({ ...fakeManifest, id: `fake${at}` }));
const pixels = (value: number) => new Uint8Array(3 * 32 * 32).fill(value);

function networkOf(at: number): Network {
  const cache = { findVectors: async () => new Map(), storeVectors: async () => undefined };
  return new Network(catalogue.models[at]!, cache, () => Promise.reject(new Error('Not needed')));
}

const catalogue = ModelCatalogue.of({ models: manifests });

describe('FeatureMapPool', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  const start = () => {
    const sessions = new FakeFeatureMapSessions();
    return { sessions, pool: new FeatureMapPool(catalogue, sessions) };
  };

  it('opens a network once, and keeps the maps it has given', async () => {
    const { sessions, pool } = start();
    const first = await pool.mapOf(networkOf(0), pixels(1));
    await Promise.all([pool.mapOf(networkOf(0), pixels(2)), pool.mapOf(networkOf(0), pixels(3))]);
    expect(await pool.mapOf(networkOf(0), pixels(1))).toBe(first);
    expect(sessions).toMatchObject({ opened: ['fake0'], passes: 3, mostAtOnce: 1 });
    await pool.onApplicationShutdown();
    expect(sessions.closed).toEqual(['fake0']);
  });

  it('has four networks open, and closes the one that was used least recently', async () => {
    const { sessions, pool } = start();
    for (const at of [0, 1, 2, 3]) await pool.mapOf(networkOf(at), pixels(1));
    await pool.mapOf(networkOf(0), pixels(2));
    await pool.mapOf(networkOf(4), pixels(1));
    expect(sessions.closed).toEqual(['fake1']);
    await pool.onApplicationShutdown();
    expect(sessions.closed).toHaveLength(5);
  });

  it('closes a network that nobody uses any more', async () => {
    jest.useFakeTimers();
    const { sessions, pool } = start();
    await pool.mapOf(networkOf(0), pixels(1));
    await jest.advanceTimersByTimeAsync(4 * 60_000);
    await pool.mapOf(networkOf(0), pixels(2));
    await jest.advanceTimersByTimeAsync(4 * 60_000);
    expect(sessions.closed).toEqual([]);
    await jest.advanceTimersByTimeAsync(2 * 60_000);
    expect(sessions.closed).toEqual(['fake0']);
    await pool.mapOf(networkOf(0), pixels(3));
    expect(sessions.opened).toEqual(['fake0', 'fake0']);
    await pool.onApplicationShutdown();
  });

  it('starts again after a network has failed', async () => {
    const { sessions, pool } = start();
    sessions.problem = new Error('broken');
    await expect(pool.mapOf(networkOf(0), pixels(1))).rejects.toThrow('broken');
    sessions.problem = undefined;
    expect(await pool.mapOf(networkOf(0), pixels(1))).toMatchObject({ rows: 4, columns: 4 });
    await pool.onApplicationShutdown();
  });

  it('does not run what was abandoned while it waited', async () => {
    const { sessions, pool } = start();
    const abandoned = new AbortController();
    const running = pool.mapOf(networkOf(0), pixels(1));
    const waiting = pool.mapOf(networkOf(0), pixels(2), abandoned.signal);
    abandoned.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await running;
    expect(sessions).toMatchObject({ passes: 1, closed: [] });
    await pool.onApplicationShutdown();
  });
});

import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeFeatureExtractor, fakeManifest } from '../../../test/fakes/fake.feature-extractor.ts';
import { restoreError } from '../../common/index.ts';
import type { CachedEmbedding } from './embedding-store.ts';
import { EmbeddingModel } from '../models/embedding-model.ts';
import { Projection } from '../projection/projection.ts';
import { EmbeddingPipeline, type Embedded, type EmbeddingItem } from './embedding-pipeline.ts';
import { embeddingInvalid, embeddingUnavailable } from '../embeddings.errors.ts';
import type { Pixels } from '../networks/feature-extractor.port.ts';
import type { ModelManifest, PreprocessingSpec } from '../catalogue/model-manifest.ts';
import { Network } from '../networks/network.ts';

const PICTURE_BYTES = fakeManifest.preprocessing.crop ** 2 * 3;

class MemoryCache {
  readonly kept = new Map<string, Float32Array>();
  readonly writes: number[] = [];

  async findVectors(sha256s: readonly string[]): Promise<Map<string, Float32Array>> {
    await turn();
    return new Map(
      sha256s.flatMap((sha256) => {
        const vector = this.kept.get(sha256);
        return vector === undefined ? [] : [[sha256, vector] as const];
      }),
    );
  }

  async storeVectors(embeddings: readonly CachedEmbedding[]): Promise<void> {
    await turn();
    this.writes.push(embeddings.length);
    for (const { sha256, vector } of embeddings) this.kept.set(sha256, vector);
  }
}

interface Item extends EmbeddingItem {
  readonly number: number;
}

describe('EmbeddingPipeline', () => {
  let extractor: FakeFeatureExtractor;
  let cache: MemoryCache;
  let opened: number[];
  let decoding: number;
  let mostDecoding: number;
  let decoded: number;
  let pipeline: EmbeddingPipeline;

  /** Pixels of one shade, given by the first byte of the file. Takes a varying number of turns of the event loop. */
  const preprocess = async (bytes: Uint8Array): Promise<Pixels> => {
    decoding += 1;
    mostDecoding = Math.max(mostDecoding, decoding);
    try {
      for (let turns = (bytes[0]! * 7) % 5; turns >= 0; turns -= 1) await turn();
      if (bytes[0] === 255) throw restoreError({ code: 'IMAGE_CORRUPT', message: 'The picture is damaged.' });
      decoded += 1;
      return new Uint8Array(PICTURE_BYTES).map((_, at) => bytes[0]! * (1 + (at % 2)));
    } finally {
      decoding -= 1;
    }
  };

  const item = (number: number, byte = number % 100, sha256 = `sha-${number}`): Item => ({
    number,
    sha256,
    open: async () => {
      opened.push(number);
      await turn();
      return Uint8Array.of(byte);
    },
  });

  const items = (count: number) => Array.from({ length: count }, (_, number) => item(number));

  async function collect(results: AsyncIterable<Embedded<Item>>): Promise<Embedded<Item>[]> {
    const all: Embedded<Item>[] = [];
    for await (const result of results) all.push(result);
    return all;
  }

  beforeEach(() => {
    extractor = new FakeFeatureExtractor({ capacity: 4 });
    extractor.before = () => turn();
    cache = new MemoryCache();
    opened = [];
    [decoding, mostDecoding, decoded] = [0, 0, 0];
    const network = new Network(fakeManifest, cache, async () => extractor);
    const model = new EmbeddingModel({ networks: [{ id: 'fake' }] }, [network]);
    pipeline = new EmbeddingPipeline({ model, preprocess, decoders: 3 });
  });

  it('yields every item in order with a unit vector of its own picture', async () => {
    const results = await collect(pipeline.embedAll(items(500)));
    expect(results.map((result) => result.item.number)).toEqual(items(500).map(({ number }) => number));
    for (const result of results) {
      if (!('vector' in result)) throw new Error(result.error.message);
      expect(Math.hypot(...result.vector)).toBeCloseTo(1, 5);
      const [alone] = await collect(pipeline.embedAll([item(result.item.number, undefined, 'afresh')]));
      expect(alone).toMatchObject({ vector: result.vector });
      cache.kept.delete('afresh');
    }
  });

  it('projects known and new embeddings alike, in order', async () => {
    await collect(pipeline.embedAll(items(90)));
    for (const { sha256, number } of items(90)) if (number % 3 === 0) cache.kept.delete(sha256);
    const network = new Network(fakeManifest, cache, async () => extractor);
    const { dimension } = fakeManifest;
    const axes = Float32Array.from({ length: 3 * dimension }, (_, at) => (at % 7) - 3);
    const fitted = { mean: new Float32Array(dimension), axes, stats: { vectors: 90, explained: 1 } };
    const projection = new Projection(fitted, 1, new Date(0));
    const base = new EmbeddingModel({ networks: [{ id: 'fake' }] }, [network]);
    const results = await collect(
      new EmbeddingPipeline({ model: base.withProjection(projection), preprocess, decoders: 3 }).embedAll(
        items(90),
      ),
    );
    const whole = await collect(pipeline.embedAll(items(90)));
    for (const [at, result] of results.entries()) {
      const { vector } = whole[at] as { vector: Float32Array };
      expect(result).toMatchObject({ item: { number: at }, vector: projection.apply(vector) });
    }
  });

  it('accepts an asynchronous source and an empty one', async () => {
    expect(await collect(pipeline.embedAll([]))).toEqual([]);
    async function* source() {
      for (const each of items(3)) {
        await turn();
        yield each;
      }
    }
    expect(await collect(pipeline.embedAll(source()))).toHaveLength(3);
  });

  it('continues after a picture that cannot be opened, decoded or embedded', async () => {
    const missing = {
      ...item(1),
      open: () => Promise.reject(restoreError({ code: 'IMAGE_FILE_MISSING', message: 'Gone.' })),
    };
    const denied = {
      ...item(2),
      open: () => Promise.reject(Object.assign(new Error("EACCES: open '/secret/path'"), { code: 'EACCES' })),
    };
    const damaged = item(3, 255);
    const blank = item(5, 77);
    extractor.before = async ([pixels]) => {
      if (pixels?.[0] === 77) throw embeddingInvalid();
    };
    const results = await collect(
      pipeline.embedAll([item(0), missing, denied, damaged, item(4), blank, item(6)]),
    );
    expect(results.map((result) => ('error' in result ? result.error.code : 'fine'))).toEqual([
      'fine',
      'IMAGE_FILE_MISSING',
      'IMAGE_UNREADABLE',
      'IMAGE_CORRUPT',
      'fine',
      'EMBEDDING_INVALID',
      'fine',
    ]);
    expect(JSON.stringify(results)).not.toContain('secret');
    expect(cache.kept.size).toBe(3);
  });

  it('computes nothing twice, neither what is kept nor the same file under another name', async () => {
    await collect(pipeline.embedAll(items(200)));
    expect([extractor.extracted, opened.length]).toEqual([200, 200]);
    const again = await collect(pipeline.embedAll(items(300)));
    expect([extractor.extracted, opened.length]).toEqual([300, 300]);
    expect(again.every((result) => 'vector' in result)).toBe(true);

    const twins = Array.from({ length: 600 }, (_, number) => item(number, 9, 'the same'));
    const results = await collect(pipeline.embedAll(twins));
    expect(extractor.extracted).toBe(301);
    expect(results.map((result) => result.item.number)).toEqual(twins.map(({ number }) => number));
  });

  it('stores new vectors in few writes', async () => {
    await collect(pipeline.embedAll(items(1000)));
    expect(cache.kept.size).toBe(1000);
    expect(cache.writes.length).toBeLessThanOrEqual(8);
  });

  it('holds few files and decoded pictures, however slow the network or the consumer is', async () => {
    let mostWaiting = 0;
    extractor.before = async () => {
      for (let turns = 0; turns < 5; turns += 1) await turn();
      mostWaiting = Math.max(mostWaiting, decoded - extractor.extracted);
    };
    let taken = 0;
    for await (const result of pipeline.embedAll(items(600))) {
      taken += 1;
      expect('vector' in result).toBe(true);
      if (taken % 50 === 0) for (let turns = 0; turns < 200; turns += 1) await turn();
      expect(opened.length - taken).toBeLessThanOrEqual(256);
    }
    expect(mostDecoding).toBe(3);
    expect(mostWaiting).toBeLessThanOrEqual(3 + 2 * 4);
    expect(extractor.mostAtOnce).toBeGreaterThanOrEqual(4);
    expect(extractor.mostAtOnce).toBeLessThanOrEqual(3 + 2 * 4);
  });

  it('leaves nothing in progress after an early break, and keeps what was computed', async () => {
    let returned = false;
    async function* source() {
      try {
        yield* items(10_000);
      } finally {
        returned = true;
      }
    }
    for await (const result of pipeline.embedAll(source())) {
      if (result.item.number === 20) break;
    }
    expect(returned).toBe(true);
    expect(decoding).toBe(0);
    const { length } = opened;
    expect(length).toBeLessThan(300);
    expect(cache.kept.size).toBe(extractor.extracted);
    expect(cache.kept.size).toBeGreaterThanOrEqual(21);
    await turn();
    await turn();
    expect(opened).toHaveLength(length);
  });

  it("ends with the signal's reason when it is aborted", async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    let taken = 0;
    const running = (async () => {
      for await (const result of pipeline.embedAll(items(10_000), controller.signal)) {
        taken = result.item.number + 1;
        if (taken === 30) controller.abort(reason);
      }
    })();
    await expect(running).rejects.toBe(reason);
    expect(taken).toBe(30);
    expect(decoding).toBe(0);
    expect(cache.kept.size).toBe(extractor.extracted);
    await expect(collect(pipeline.embedAll(items(1), controller.signal))).rejects.toBe(reason);
  });

  it('can be aborted while it waits', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    extractor.before = async () => {
      controller.abort(reason);
      await turn();
    };
    await expect(collect(pipeline.embedAll(items(500), controller.signal))).rejects.toBe(reason);
    expect(opened.length).toBeLessThan(20);
  });

  it('ends when it is aborted even if a network hangs', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    extractor.before = () => {
      controller.abort(reason);
      return new Promise(() => undefined);
    };
    await expect(collect(pipeline.embedAll(items(5), controller.signal))).rejects.toBe(reason);
  });

  it('tries a picture again if the network fails, and gives up if it fails again', async () => {
    let failures = 0;
    extractor.before = async () => {
      if (failures++ === 2) throw embeddingUnavailable('its thread ended');
    };
    expect((await collect(pipeline.embedAll(items(20)))).every((result) => 'vector' in result)).toBe(true);

    extractor.before = () => Promise.reject(embeddingUnavailable('its threads ended'));
    await expect(
      collect(pipeline.embedAll(items(100).map(({ number }) => item(number + 100)))),
    ).rejects.toMatchObject({
      code: 'EMBEDDING_UNAVAILABLE',
    });
    expect(decoding).toBe(0);
  });

  it('fails if the source or the cache fails', async () => {
    async function* source() {
      yield item(1);
      await turn();
      throw new Error('no more rows');
    }
    await expect(collect(pipeline.embedAll(source()))).rejects.toThrow('no more rows');

    cache.storeVectors = () => Promise.reject(new Error('disk full'));
    await expect(collect(pipeline.embedAll(items(300)))).rejects.toThrow('disk full');
    expect(decoding).toBe(0);
  });

  describe('with several networks', () => {
    const manifest = (id: string, resize = fakeManifest.preprocessing.resize): ModelManifest => ({
      ...fakeManifest,
      id,
      preprocessing: { ...fakeManifest.preprocessing, resize },
    });
    let caches: MemoryCache[];
    let extractors: FakeFeatureExtractor[];
    let prepared: number[];

    const composite = (manifests: readonly ModelManifest[]) => {
      caches = manifests.map(() => new MemoryCache());
      extractors = manifests.map(() => new FakeFeatureExtractor({ capacity: 4 }));
      prepared = [];
      const networks = manifests.map(
        (each, at) => new Network(each, caches[at]!, async () => extractors[at]!),
      );
      const spec = { networks: manifests.map(({ id }) => ({ id })) };
      const see = (bytes: Uint8Array, { resize }: PreprocessingSpec) => {
        prepared.push(resize);
        return preprocess(bytes);
      };
      return new EmbeddingPipeline({
        model: new EmbeddingModel(spec, networks),
        preprocess: see,
        decoders: 3,
      });
    };

    it('concatenates the unit features of each, reading a file once', async () => {
      const results = await collect(composite([manifest('a'), manifest('b', 40)]).embedAll(items(50)));
      expect(opened).toHaveLength(50);
      expect(prepared).toHaveLength(100);
      for (const result of results) {
        if (!('vector' in result)) throw new Error(result.error.message);
        expect(result.vector).toHaveLength(96);
        expect(Math.hypot(...result.vector)).toBeCloseTo(1, 5);
        const kept = caches.map((each) => each.kept.get(result.item.sha256)!);
        const expected = kept.flatMap((vector) => [...vector].map((value) => value / Math.SQRT2));
        for (const [at, value] of result.vector.entries()) expect(value).toBeCloseTo(expected[at]!, 6);
      }
    });

    it('decodes once for networks that see the same pixels', async () => {
      await collect(composite([manifest('a'), manifest('b', 40), manifest('c')]).embedAll(items(10)));
      for (const resize of [36, 40]) expect(prepared.filter((each) => each === resize)).toHaveLength(10);
      expect(extractors.map(({ extracted }) => extracted)).toEqual([10, 10, 10]);
    });

    it('runs only the networks whose vectors are not kept', async () => {
      const twice = composite([manifest('a'), manifest('b', 40)]);
      await collect(twice.embedAll(items(20)));
      for (const number of [3, 4]) caches[1]!.kept.delete(`sha-${number}`);
      const results = await collect(twice.embedAll(items(21)));
      expect(results.every((result) => 'vector' in result)).toBe(true);
      expect(extractors.map(({ extracted }) => extracted)).toEqual([21, 23]);
      expect(prepared.slice(40).toSorted()).toEqual([36, 40, 40, 40]);
      expect(caches.map(({ kept }) => kept.size)).toEqual([21, 21]);
    });

    it('runs both networks at the same time, within the limit on decoded pictures', async () => {
      const both = composite([manifest('a'), manifest('b', 40)]);
      let together = 0;
      const working = [0, 0];
      for (const [at, each] of extractors.entries()) {
        each.before = async () => {
          working[at]! += 1;
          if (working.every((count) => count > 0)) together += 1;
          for (let turns = 0; turns <= 3 * at; turns += 1) await turn();
          working[at]! -= 1;
        };
      }
      await collect(both.embedAll(items(200)));
      expect(together).toBeGreaterThan(50);
      for (const { mostAtOnce } of extractors) expect(mostAtOnce).toBeLessThanOrEqual(3 + 2 * 4);
    });

    it('fails a picture that one of them cannot embed, and ends if one of them stops working', async () => {
      const both = composite([manifest('a'), manifest('b', 40)]);
      extractors[1]!.before = async ([pixels]) => {
        if (pixels?.[0] === 5) throw embeddingInvalid();
      };
      const results = await collect(both.embedAll(items(10)));
      expect(results.flatMap((result) => ('error' in result ? [result.item.number] : []))).toEqual([5]);
      extractors[0]!.before = () => Promise.reject(embeddingUnavailable('its threads ended'));
      await expect(collect(both.embedAll([item(11)]))).rejects.toMatchObject({
        code: 'EMBEDDING_UNAVAILABLE',
      });
    });

    it('loads nothing if everything is kept', async () => {
      const both = composite([manifest('a'), manifest('b', 40)]);
      await collect(both.embedAll(items(5)));
      const unloaded = caches.map(
        (each, at) => new Network(manifest('ab'[at]!), each, () => Promise.reject(new Error('loaded'))),
      );
      const model = new EmbeddingModel({ networks: [{ id: 'a' }, { id: 'b' }] }, unloaded);
      const pipeline = new EmbeddingPipeline({ model, preprocess, decoders: 3 });
      expect(await collect(pipeline.embedAll(items(5)))).toHaveLength(5);
      await expect(collect(pipeline.embedAll(items(6)))).rejects.toThrow('loaded');
    });
  });
});

import { describe, expect, it } from '@jest/globals';
import type { HeldEntry } from '../../../indexing/index-ownership.ts';
import type { ClusterClient, ClusterRequest } from '../client/cluster-client.ts';
import { ClusterFault } from '../client/cluster-fault.ts';
import { IndexRegistry } from './index-registry.ts';

const OURS = '0123456789abcdef0123456789abcdef';
const THEIRS = 'f'.repeat(32);
const OWN = 'shop-0123456789ab-hats';
const FORMER = 'shop-hats';
const RECORD = { name: 'hats', prefix: 'shop', dimension: 2, model: 'm', routeByLabel: false };

interface StoredIndex {
  aliases: string[];
  record?: object;
}

/** As much of a server as indexes are found and adopted by. */
class FakeServer implements ClusterClient {
  readonly product = 'Fake';
  readonly requests: ClusterRequest[] = [];
  readonly indexes: Record<string, StoredIndex>;
  /** Runs before the next move of aliases: what another process does meanwhile. */
  meanwhile: (() => void) | undefined;

  constructor(indexes: Record<string, StoredIndex>) {
    this.indexes = indexes;
  }

  async request<Answer>(request: ClusterRequest): Promise<Answer> {
    this.requests.push(request);
    const { method, path } = request;
    const [, name = '', call] = path.split('/');
    if (name === '_aliases') return this.moveAliases(request.body as AliasActions) as Answer;
    const found = Object.entries(this.indexes).filter(([index, { aliases }]) =>
      [index, ...aliases].some((one) => one === name || (name.endsWith('*') && isLike(one, name))),
    );
    if (found.length === 0 && !name.endsWith('*')) {
      throw new ClusterFault('refused', `no such index [${name}]`, 404, 'index_not_found_exception');
    }
    if (call === '_mapping' && method === 'PUT') {
      const { _meta } = request.body as { _meta: { lookalike: object } };
      found[0]![1].record = _meta.lookalike;
      return {} as Answer;
    }
    if (call === '_mapping') {
      const mappings = ({ record }: StoredIndex) => (record ? { _meta: { lookalike: record } } : {});
      return Object.fromEntries(found.map(([index, one]) => [index, { mappings: mappings(one) }])) as Answer;
    }
    if (call === '_refresh') return {} as Answer;
    if (call === '_search') {
      const hit = { _id: '7', _source: { externalId: 'seven.jpg' }, fields: { embedding: [0, 1] } };
      return { hits: { hits: [hit] } } as Answer;
    }
    throw new Error(`${method} ${path} is not known here`);
  }

  async load(): Promise<void> {
    throw new Error('nothing is loaded here');
  }

  async close(): Promise<void> {
    // Nothing is open.
  }

  private moveAliases({ actions }: AliasActions): object {
    this.meanwhile?.();
    for (const { remove } of actions) {
      if (remove === undefined || this.indexes[remove.index]?.aliases.includes(remove.alias)) continue;
      throw new ClusterFault(
        'refused',
        `aliases [${remove.alias}] missing`,
        404,
        'aliases_not_found_exception',
      );
    }
    for (const { add, remove } of actions) {
      const index = this.indexes[(add ?? remove)!.index]!;
      if (add !== undefined) index.aliases.push(add.alias);
      else index.aliases = index.aliases.filter((alias) => alias !== remove?.alias);
    }
    return {};
  }
}

interface AliasActions {
  readonly actions: readonly Record<'add' | 'remove', { index: string; alias: string } | undefined>[];
}

function isLike(name: string, pattern: string): boolean {
  return name.startsWith(pattern.slice(0, -1));
}

function open(indexes: Record<string, StoredIndex>, proves = false) {
  const server = new FakeServer(indexes);
  const shown: HeldEntry[] = [];
  const registry = new IndexRegistry(server, 'shop', {
    installation: OURS,
    proves: async (_name, entries) => {
      shown.push(...entries);
      return proves;
    },
  });
  const writes = () => server.requests.filter(({ method, path }) => method === 'PUT' || path === '/_aliases');
  return { server, registry, shown, writes };
}

const foreign = (holder: string, owner: string | null) => ({
  code: 'VECTOR_INDEX_FOREIGN',
  details: { name: 'hats', holder, owner, installation: OURS },
});

describe('IndexRegistry', () => {
  it('finds an index by its alias with one request', async () => {
    const record = { ...RECORD, installation: OURS };
    const { registry, server } = open({ [OWN]: { aliases: [`${OWN}.own`], record } });
    expect(await registry.findOwn('hats')).toMatchObject({ physical: OWN, record });
    expect(server.requests.map(({ path }) => path)).toEqual([`/${OWN}.own/_mapping`]);
    expect(registry.nameOf('hats')).toBe(`${OWN}.own`);
  });

  it('rejects if there is no index', async () => {
    const { registry } = open({});
    await expect(registry.findOwn('hats')).rejects.toMatchObject({ isIndexMissing: true });
    expect(await registry.listOwn()).toEqual([]);
  });

  it.each([
    ['another installation', { ...RECORD, installation: THEIRS }, THEIRS],
    ['another installation with a like id', { ...RECORD, installation: `${OURS.slice(0, -1)}0` }, null],
    ['another prefix', { ...RECORD, prefix: 'shops', installation: OURS }, null],
    ['another index', { ...RECORD, name: 'shoes', installation: OURS }, null],
    ['nobody known', undefined, null],
  ])('refuses one of %s, whatever its name', async (_whose, record, owner) => {
    const { registry, writes } = open({ [OWN]: { aliases: [`${OWN}.own`], record } }, true);
    const expected = foreign(OWN, owner ?? (record as { installation?: string })?.installation ?? null);
    await expect(registry.findOwn('hats')).rejects.toMatchObject(expected);
    expect(writes()).toEqual([]);
  });

  it('rejects an index that has its name but lacks its alias, because another installation made it', async () => {
    const record = { ...RECORD, installation: OURS };
    const { registry, writes } = open({ [OWN]: { aliases: [], record } }, true);
    await expect(registry.findOwn('hats')).rejects.toMatchObject(foreign(OWN, null));
    expect(writes()).toEqual([]);
  });

  it('lists only its own indexes', async () => {
    const own = { ...RECORD, installation: OURS };
    const { registry } = open({
      [OWN]: { aliases: [`${OWN}.own`], record: own },
      'shop-0123456789ab-shoes': { aliases: [], record: { ...own, name: 'shoes', installation: THEIRS } },
      'shop-0123456789ab-coats': { aliases: [] },
      'shop-ffffffffffff-hats': { aliases: [], record: { ...own, installation: THEIRS } },
    });
    expect(await registry.listOwn()).toEqual([expect.objectContaining({ physical: OWN, record: own })]);
  });

  describe('with an index that was made before installations had ids', () => {
    const former = (): Record<string, StoredIndex> => ({
      [FORMER]: { aliases: [`${FORMER}.write`, 'shop.hats'], record: RECORD },
    });

    it('adopts it if its contents prove that it is ours', async () => {
      const { registry, server, shown } = open(former(), true);
      const adopted = { physical: FORMER, record: { ...RECORD, installation: OURS } };
      expect(await registry.findOwn('hats')).toMatchObject(adopted);
      expect(shown).toEqual([{ id: 7, externalId: 'seven.jpg', vector: Float32Array.of(0, 1) }]);
      expect(server.indexes[FORMER]).toEqual({
        aliases: ['shop.hats', `${OWN}.own`],
        record: adopted.record,
      });
      expect(await registry.findOwn('hats')).toMatchObject(adopted);
      expect(await registry.listOwn()).toMatchObject([adopted]);
      expect(shown).toHaveLength(1);
    });

    it('leaves it alone if they do not prove it', async () => {
      const { registry, server, writes } = open(former(), false);
      await expect(registry.findOwn('hats')).rejects.toMatchObject(foreign(FORMER, null));
      expect(writes()).toEqual([]);
      expect(server.indexes).toEqual(former());
    });

    it('does not read it if another installation has adopted it', async () => {
      const indexes = former();
      indexes[FORMER]!.record = { ...RECORD, installation: THEIRS };
      const { registry, shown, writes } = open(indexes, true);
      await expect(registry.findOwn('hats')).rejects.toMatchObject(foreign(FORMER, THEIRS));
      expect([shown, writes()]).toEqual([[], []]);
    });

    it('yields to another installation that adopts it at the same time', async () => {
      const { registry, server } = open(former(), true);
      server.meanwhile = () => {
        server.indexes[FORMER] = {
          aliases: ['shop-ffffffffffff-hats.own'],
          record: { ...RECORD, installation: THEIRS },
        };
      };
      await expect(registry.findOwn('hats')).rejects.toMatchObject(foreign(FORMER, THEIRS));
    });

    it('accepts that another process of this installation adopts it at the same time', async () => {
      const { registry, server } = open(former(), true);
      server.meanwhile = () => {
        server.indexes[FORMER]!.aliases = ['shop.hats', `${OWN}.own`];
      };
      const adopted = { physical: FORMER, record: { ...RECORD, installation: OURS } };
      expect(await registry.findOwn('hats')).toMatchObject(adopted);
    });

    it('completes an adoption that was interrupted', async () => {
      const indexes = former();
      indexes[FORMER]!.aliases = ['shop.hats', `${OWN}.own`];
      const { registry, server, shown } = open(indexes, false);
      const record = { ...RECORD, installation: OURS };
      expect(await registry.findOwn('hats')).toMatchObject({ physical: FORMER, record });
      expect(server.indexes[FORMER]?.record).toEqual(record);
      expect(shown).toEqual([]);
    });

    it.each([
      ['of another prefix', { ...RECORD, prefix: 'shop-h' }],
      ['of another index', { ...RECORD, name: 'shoes' }],
      ['of nobody known', undefined],
    ])('takes no notice of one %s', async (_whose, record) => {
      const { registry, writes } = open({ [FORMER]: { aliases: [`${FORMER}.write`], record } }, true);
      await expect(registry.findOwn('hats')).rejects.toMatchObject({ isIndexMissing: true });
      expect(writes()).toEqual([]);
    });
  });
});

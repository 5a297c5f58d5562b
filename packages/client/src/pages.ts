/** A page of a list, as every connection of the API has it. */
export interface Page<Item> {
  readonly nodes: readonly Item[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/**
 * A list that is fetched page by page, when it is needed. It can be iterated as often as you like; each time it is
 * fetched again.
 *
 * @example
 *     for await (const image of client.images('shoes')) console.log(image.externalId);
 *
 *     for await (const page of client.images('shoes', { first: 100 }).pages()) render(page.nodes);
 *
 *     const some = await client.images('shoes').toArray(50);
 */
export class Pages<Item, APage extends Page<Item> = Page<Item>> implements AsyncIterable<Item> {
  constructor(private readonly fetchPage: (after: string | undefined) => Promise<APage>) {}

  /** The first page alone. */
  async first(): Promise<APage> {
    return this.fetchPage(undefined);
  }

  /** The pages in order. The next one is fetched when it is asked for. */
  async *pages(): AsyncGenerator<APage, void, undefined> {
    let after: string | undefined;
    for (;;) {
      const page = await this.fetchPage(after);
      yield page;
      after = page.pageInfo.endCursor ?? undefined;
      if (!page.pageInfo.hasNextPage || after === undefined) return;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for await (const page of this.pages()) yield* page.nodes;
  }

  /** All items, or at most `limit` of them. */
  async toArray(limit = Infinity): Promise<Item[]> {
    const items: Item[] = [];
    if (limit <= 0) return items;
    for await (const item of this) {
      items.push(item);
      if (items.length >= limit) break;
    }
    return items;
  }
}

/** Pages that say how many items there are altogether. */
export type CountedPages<Item> = Pages<Item, Page<Item> & { readonly totalCount: number }>;

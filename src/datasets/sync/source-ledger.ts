import { pagesAfter } from '../../common/index.ts';
import type { Image } from '../catalogue/images.ts';
import type { Transactions } from '../catalogue/transactions.ts';
import type { ImportAttributes, ReadAttributes } from '../import/import-attributes.ts';
import type { IntakeFailure, TakenImage } from '../import/image-intake.ts';
import type { SourceImage } from '../sources/dataset-source.port.ts';
import { contentNumber, isSameContent, objectContentOf, type ObjectContent } from './object-content.ts';
import { RowSet } from './row-set.ts';
import type { KeptFailure, SourceFailureRepository } from './source-failure.repository.ts';
import { type SourceItem, type SourceItemRepository, type SourceItemRow } from './source-item.repository.ts';
import { mergeFacts, type Facts } from './three-way.ts';

/** How many items are looked through at a time for those that have vanished. */
const PAGE = 5_000;
/** How many failures are written at a time. */
const FAILURES = 100;

/** An image that has just been added, and the change that added it. */
export interface AddedImage {
  readonly image: TakenImage;
  readonly change: number | undefined;
}

/**
 * Notes what one pass over a source brings, so that a later synchronisation knows it; and knows which of the items that
 * it has brought before it has still. The latter is kept in memory: a pass that is interrupted begins again.
 */
export class SourceLedger {
  private readonly seen = new RowSet();
  /** The ids of the objects that had vanished when it was first asked for one, by the numbers of their contents. */
  private vanishedObjects: Map<number, number[]> | undefined;
  /** The rows of the failures that this pass has found again. */
  private readonly failed = new RowSet();
  private failures: IntakeFailure[] = [];

  constructor(
    private readonly items: SourceItemRepository,
    private readonly failureRows: SourceFailureRepository,
    private readonly transactions: Transactions,
    private readonly sourceId: number,
  ) {}

  find(externalIds: readonly string[]): Map<string, SourceItemRow> {
    return this.items.findRows(this.sourceId, externalIds);
  }

  /** Notes images that have just been added, with the facts that they were added with. */
  async noteAdded(added: readonly AddedImage[]): Promise<void> {
    await this.put(
      added.map(({ image, change = null }) => {
        const { externalId, place, version, sha256, labels, attributes, warnings = [] } = image;
        const imageChange = warnings.length > 0 ? null : change;
        return { externalId, place, version, sha256, labels, attributes, imageChange };
      }),
    );
  }

  /**
   * Notes images that were there already, whose bytes have not been compared. What is known of their bytes stays;
   * labels and attributes are those that the source has now asked for. What is known already is not written again.
   *
   * `known`: what `find` tells of them. `changes`: their last changes by external id, read before the images were.
   */
  async noteExisting(
    sources: readonly SourceImage[],
    images: ReadonlyMap<string, Image>,
    attributes: ImportAttributes,
    known: ReadonlyMap<string, SourceItemRow>,
    changes: ReadonlyMap<string, number>,
  ): Promise<void> {
    await this.put(
      sources.flatMap((source): SourceItem[] => {
        const { externalId, labels } = source;
        const image = images.get(externalId);
        if (image === undefined) return [];
        const before = known.get(externalId);
        const facts = { labels, attributes: attributes.read(source).attributes };
        const { place = null, version = null, sha256 = image.sha256 } = before ?? {};
        const isSettled = sha256 === image.sha256 && image.warnings.length === 0 && hasFacts(image, facts);
        const imageChange = isSettled ? (changes.get(externalId) ?? null) : null;
        const isKnown =
          before !== undefined && hasSameFacts(before, facts) && before.image_change === imageChange;
        return isKnown ? [] : [{ externalId, place, version, sha256, ...facts, imageChange }];
      }),
    );
  }

  /** Notes what the source brings, which it therefore has. */
  async put(items: readonly SourceItem[]): Promise<void> {
    if (items.length === 0) return;
    const ids = await this.transactions.commit((transaction) =>
      this.items.put(this.sourceId, items, transaction),
    );
    for (const id of ids) this.seen.add(id);
  }

  /** Those of the images that failed when they were last tried, by external id. */
  findFailures(externalIds: readonly string[]): Map<string, KeptFailure> {
    return this.failureRows.find(this.sourceId, externalIds);
  }

  /** Notes that an image has failed. It is written by `flush` at the latest. */
  noteFailure(failure: IntakeFailure): void {
    this.failures.push(failure);
  }

  /** An image would fail again. */
  seeFailure({ id }: Pick<KeptFailure, 'id'>): void {
    this.failed.add(id);
  }

  async flushIfMany(): Promise<void> {
    if (this.failures.length >= FAILURES) await this.flush();
  }

  /** Writes the failures that were noted. */
  async flush(): Promise<void> {
    if (this.failures.length === 0) return;
    const failures = this.failures;
    this.failures = [];
    const ids = await this.transactions.commit((transaction) =>
      this.failureRows.put(this.sourceId, failures, transaction),
    );
    for (const id of ids) this.failed.add(id);
  }

  /** Forgets the failures that this pass, which must be complete, has not found again. */
  async forgetOtherFailures(): Promise<void> {
    const pages = pagesAfter({
      start: 0,
      list: (after) => this.failureRows.listIds(this.sourceId, after, PAGE),
      keyOf: (id) => id,
    });
    for await (const ids of pages) {
      const others = ids.filter((id) => !this.failed.has(id));
      if (others.length === 0) continue;
      await this.transactions.commitMakingRoom((transaction) => this.failureRows.delete(others, transaction));
    }
  }

  /** The source still has an item. */
  see({ id }: Pick<SourceItemRow, 'id'>): void {
    this.seen.add(id);
  }

  async forget(externalIds: readonly string[]): Promise<void> {
    if (externalIds.length === 0) return;
    await this.transactions.commitMakingRoom((transaction) =>
      this.items.delete(this.sourceId, externalIds, transaction),
    );
  }

  /** The number of images that the source has brought, and of those that this pass has not seen. */
  async countVanished(): Promise<{ readonly all: number; readonly vanished: number }> {
    const all = await this.items.count(this.sourceId);
    return { all, vanished: all - this.seen.size };
  }

  /** The external ids of the items that this pass has not seen, in pages of no particular size. */
  async *vanished(): AsyncGenerator<string[], void, undefined> {
    const pages = pagesAfter({
      start: undefined as string | undefined,
      list: (after) => this.items.listNames(this.sourceId, after, PAGE),
      keyOf: ({ externalId }) => externalId,
    });
    for await (const page of pages) {
      const vanished = page.filter(({ id }) => !this.seen.has(id));
      if (vanished.length > 0) yield vanished.map(({ externalId }) => externalId);
    }
  }

  /** An item of an object with this content that this pass has not seen. */
  async findVanishedObject(content: ObjectContent): Promise<SourceItemRow | undefined> {
    this.vanishedObjects ??= await this.readVanishedObjects();
    for (const id of this.vanishedObjects.get(contentNumber(content)) ?? []) {
      const row = this.seen.has(id) ? undefined : await this.items.findRow(id);
      if (row !== undefined && isSameContent(content, objectContentOf(row.version))) return row;
    }
    return undefined;
  }

  private async readVanishedObjects(): Promise<Map<number, number[]>> {
    const objects = new Map<number, number[]>();
    const pages = pagesAfter({
      start: 0,
      list: (after) => this.items.listObjects(this.sourceId, after, PAGE),
      keyOf: ({ id }) => id,
    });
    for await (const page of pages) {
      for (const { id, version } of page) {
        const content = this.seen.has(id) ? undefined : objectContentOf(version);
        if (content === undefined) continue;
        const number = contentNumber(content);
        const ids = objects.get(number);
        if (ids === undefined) objects.set(number, [id]);
        else ids.push(id);
      }
    }
    return objects;
  }

  /** An item with these bytes that this pass has not seen. */
  async findVanished(sha256: string): Promise<SourceItemRow | undefined> {
    const pages = pagesAfter({
      start: 0,
      list: (after) => this.items.listWithBytes(this.sourceId, sha256, after, PAGE),
      keyOf: ({ id }) => id,
    });
    for await (const page of pages) {
      const vanished = page.find(({ id }) => !this.seen.has(id));
      if (vanished !== undefined) return vanished;
    }
    return undefined;
  }
}

/** Whether an image has all of these facts. It may have others. */
function hasFacts(image: Image, facts: Facts): boolean {
  const { labelsChanged, attributesChanged } = mergeFacts(facts, facts, image, { overwrite: true });
  return !labelsChanged && !attributesChanged;
}

/**
 * The attributes that a source gives an image, if nobody has changed the image since it was last found to agree with the
 * source, which says of it what it said then; otherwise undefined.
 */
export function settledAttributes(
  source: SourceImage,
  row: SourceItemRow,
  attributes: ImportAttributes,
): ReadAttributes | undefined {
  if (row.image_change === null) return undefined;
  const read = attributes.read(source);
  return hasSameFacts(row, { labels: source.labels, attributes: read.attributes }) ? read : undefined;
}

/** Whether a row says the same. What is the same is mostly written in the same way. */
function hasSameFacts(
  row: Pick<SourceItemRow, 'labels' | 'attributes'>,
  { labels, attributes }: Pick<SourceItem, 'labels' | 'attributes'>,
): boolean {
  return row.labels === JSON.stringify(labels) && row.attributes === JSON.stringify(attributes);
}

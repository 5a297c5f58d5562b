import type { Image } from '../catalogue/images.ts';
import type { Transactions } from '../catalogue/transactions.ts';
import type { ImportAttributes } from '../import/import-attributes.ts';
import type { TakenImage } from '../import/image-intake.ts';
import type { SourceImage } from '../sources/dataset-source.port.ts';
import type { SourceItem, SourceItemRepository } from './source-item.repository.ts';

/** Notes what one pass over a source brings, so that a later synchronisation knows it. */
export class SourceLedger {
  constructor(
    private readonly items: SourceItemRepository,
    private readonly transactions: Transactions,
    private readonly sourceId: number,
    /** The number of this pass. */
    private readonly pass: number,
  ) {}

  find(externalIds: readonly string[]): Promise<Map<string, SourceItem>> {
    return this.items.findByExternalIds(this.sourceId, externalIds);
  }

  /** Notes images that have just been added, with the facts that they were added with. */
  async noteAdded(images: readonly TakenImage[]): Promise<void> {
    await this.put(
      images.map(({ externalId, place, version, sha256, labels, attributes }) => {
        return { externalId, place, version, sha256, labels, attributes };
      }),
    );
  }

  /**
   * Notes images that were there already, whose bytes have not been compared. What is known of their bytes stays;
   * labels and attributes are those that the source has now asked for. What is known already is not written again, not
   * even with the number of this pass: a synchronisation marks what it sees itself.
   */
  async noteExisting(
    sources: readonly SourceImage[],
    images: ReadonlyMap<string, Image>,
    attributes: ImportAttributes,
  ): Promise<void> {
    const known = await this.find(sources.map(({ externalId }) => externalId));
    await this.put(
      sources.flatMap((source): SourceItem[] => {
        const { externalId, labels } = source;
        const image = images.get(externalId);
        if (image === undefined) return [];
        const before = known.get(externalId);
        const { place = null, version = null, sha256 = image.sha256 } = before ?? {};
        const item = {
          externalId,
          place,
          version,
          sha256,
          labels,
          attributes: attributes.read(source).attributes,
        };
        return before !== undefined && hasSameFacts(before, item) ? [] : [item];
      }),
    );
  }

  async put(items: readonly SourceItem[]): Promise<void> {
    if (items.length === 0) return;
    await this.transactions.commit((transaction) =>
      this.items.put(this.sourceId, this.pass, items, transaction),
    );
  }

  async markSeen(externalIds: readonly string[]): Promise<void> {
    if (externalIds.length === 0) return;
    await this.transactions.commit((transaction) =>
      this.items.markSeen(this.sourceId, this.pass, externalIds, transaction),
    );
  }

  async forget(externalIds: readonly string[]): Promise<void> {
    if (externalIds.length === 0) return;
    await this.transactions.commitMakingRoom((transaction) =>
      this.items.delete(this.sourceId, externalIds, transaction),
    );
  }

  /** The number of images that the source has brought, and of those that this pass has not seen. */
  countVanished(): Promise<{ readonly all: number; readonly vanished: number }> {
    return this.items.count(this.sourceId, this.pass);
  }

  listVanished(limit: number): Promise<SourceItem[]> {
    return this.items.listVanished(this.sourceId, this.pass, limit);
  }

  /** An image with these bytes that this pass has not seen. */
  findVanished(sha256: string): Promise<SourceItem | undefined> {
    return this.items.findVanished(this.sourceId, this.pass, sha256);
  }
}

function hasSameFacts(known: SourceItem, item: SourceItem): boolean {
  const factsOf = ({ labels, attributes }: SourceItem) => JSON.stringify([labels, attributes]);
  return factsOf(known) === factsOf(item);
}

import { pagesAfter } from '../../common/index.ts';
import { DatasetSource, type SourceImage } from './dataset-source.port.ts';
import type { DownloadRepository } from '../ledger/download.repository.ts';

const PAGE = 256;

/** The images that a dataset lacks because their downloads failed. It needs the ledger only, no annotations. */
export class LedgerSource extends DatasetSource {
  constructor(
    private readonly ledger: DownloadRepository,
    private readonly datasetId: number,
    /** Only images with a download that failed for one of these reasons; all if undefined. */
    private readonly codes: readonly string[] | undefined,
  ) {
    super();
  }

  override async count(): Promise<number> {
    return this.ledger.countMissingImages(this.datasetId, this.codes);
  }

  override async *read(): AsyncGenerator<SourceImage> {
    const pages = pagesAfter({
      start: '',
      list: (after) => this.ledger.listMissingImages(this.datasetId, this.codes, { after, limit: PAGE }),
      keyOf: (externalId) => externalId,
    });
    for await (const externalIds of pages) {
      const downloads = await this.ledger.findByExternalIds(this.datasetId, externalIds);
      for (const externalId of externalIds) {
        const rows = [...(downloads.get(externalId)?.values() ?? [])].sort((a, b) => a.id - b.id);
        const [first] = rows;
        if (first === undefined) throw new Error(`The ledger has no download of the image "${externalId}"`);
        yield { externalId, labels: first.labels, locations: rows.map(({ url }) => ({ url })) };
      }
    }
  }

  override async labelNames(): Promise<ReadonlyMap<string, string>> {
    return new Map();
  }
}

import { DatasetSource, type SourceImage } from './dataset-source.port.ts';
import type { DownloadLedger } from '../ledger/download-ledger.ts';

const PAGE = 256;

/** The images of a dataset whose downloads failed, from the ledger alone: no annotations are needed. */
export class LedgerSource extends DatasetSource {
  constructor(
    private readonly ledger: DownloadLedger,
    private readonly datasetId: number,
    /** Only images with a download that failed for one of these reasons; all where it is absent. */
    private readonly codes: readonly string[] | undefined,
  ) {
    super();
  }

  override async count(): Promise<number> {
    return this.ledger.countMissingImages(this.datasetId, this.codes);
  }

  override async *read(): AsyncGenerator<SourceImage> {
    for (let after = ''; ;) {
      const externalIds = await this.ledger.missingImages(this.datasetId, this.codes, { after, limit: PAGE });
      const known = await this.ledger.known(this.datasetId, externalIds);
      for (const externalId of externalIds) {
        const rows = [...(known.get(externalId)?.values() ?? [])].sort((a, b) => a.id - b.id);
        yield {
          externalId,
          labels: rows[0]?.labels ?? [],
          locations: rows.map(({ url }) => ({ url })),
        };
      }
      after = externalIds.at(-1) ?? '';
      if (externalIds.length < PAGE) return;
    }
  }

  override async format(): Promise<null> {
    return null;
  }

  override async labelNames(): Promise<ReadonlyMap<string, string>> {
    return new Map();
  }
}

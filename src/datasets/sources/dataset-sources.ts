import { Injectable } from '@nestjs/common';
import { DownloadRepository } from '../ledger/download.repository.ts';
import type { S3Objects } from '../../downloads/index.ts';
import { AnnotationsSource } from './annotations.source.ts';
import { BucketSource } from './bucket.source.ts';
import type { DatasetSource } from './dataset-source.port.ts';
import { DatasetSources, type SourceSpec } from './dataset-sources.port.ts';
import { DirectorySource } from './directory.source.ts';
import { LedgerSource } from './ledger.source.ts';

/** Opens all kinds of sources. A new kind is an adapter, a member of `SourceSpec` and a case here. */
@Injectable()
export class AllDatasetSources extends DatasetSources {
  constructor(
    private readonly ledger: DownloadRepository,
    private readonly objects: S3Objects,
    /** Where copies of packed annotation files and listings of buckets are put while they are read. */
    private readonly temporaryFolder: string,
  ) {
    super();
  }

  override openSource(spec: SourceSpec): DatasetSource {
    switch (spec.kind) {
      case 'annotations':
        return new AnnotationsSource({ ...spec, temporaryFolder: this.temporaryFolder });
      case 'directory':
        return new DirectorySource(spec.path, spec.labelLevel);
      case 'bucket': {
        const list = (url: string, signal: AbortSignal) => this.objects.list(url, signal);
        return new BucketSource({ ...spec, list, temporaryFolder: this.temporaryFolder });
      }
      case 'ledger':
        return new LedgerSource(this.ledger, spec.datasetId, spec.codes);
    }
  }
}

import { Injectable } from '@nestjs/common';
import type { DatasetSource } from '../sources/dataset-source.port.ts';
import { DatasetSources } from '../sources/dataset-sources.port.ts';
import { AnnotationDownloads } from './annotation-downloads.ts';
import type { ImportInput } from './import-input.ts';

/** Opens the sources of imports. Those at a URL are downloaded first, each time. */
@Injectable()
export class OpenedSources {
  constructor(
    private readonly sources: DatasetSources,
    private readonly downloads: AnnotationDownloads,
  ) {}

  /**
   * The source that an input describes; `close` frees what it holds, and removes what was downloaded. Rejects as
   * downloads do.
   */
  async open(
    { source }: ImportInput,
    datasetId: number | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly source: DatasetSource; readonly close: () => Promise<void> }> {
    if (source.kind === 'feed') {
      const { url, ...reading } = source;
      const { path: annotationsPath, remove } = await this.downloads.saveForNow(url, signal);
      const opened = this.sources.openSource({ ...reading, kind: 'annotations', annotationsPath });
      const close = async () => {
        await opened.close();
        await remove();
      };
      return { source: opened, close };
    }
    const opened = this.sources.openSource(
      source.kind === 'ledger' ? { ...source, datasetId: datasetId ?? 0 } : source,
    );
    return { source: opened, close: () => opened.close() };
  }
}

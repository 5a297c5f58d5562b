import { Injectable } from '@nestjs/common';
import type { DatasetSource } from '../sources/dataset-source.port.ts';
import { isObjectUrl } from '../../downloads/index.ts';
import { DatasetSources, type SourceSpec } from '../sources/dataset-sources.port.ts';
import { AnnotationDownloads, type SavedForNow } from './annotation-downloads.ts';
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
    const saved: SavedForNow[] = [];
    const removeSaved = async () => {
      for (const { remove } of saved) await remove();
    };
    try {
      const opened = this.sources.openSource(await this.specOf(source, datasetId, saved, signal));
      const close = async () => {
        await opened.close();
        await removeSaved();
      };
      return { source: opened, close };
    } catch (error) {
      await removeSaved();
      throw error;
    }
  }

  /** The source with what has to be downloaded on this machine; `saved` receives what was downloaded. */
  private async specOf(
    source: ImportInput['source'],
    datasetId: number | undefined,
    saved: SavedForNow[],
    signal: AbortSignal,
  ): Promise<SourceSpec> {
    if (source.kind === 'ledger') return { ...source, datasetId: datasetId ?? 0 };
    if (source.kind !== 'feed' && source.kind !== 'annotations') return source;
    const keep = async (downloading: Promise<SavedForNow>) => {
      const one = await downloading;
      saved.push(one);
      return one.path;
    };
    const { labelNamesPath: names } = source;
    const labelNames =
      names !== undefined && isObjectUrl(names)
        ? { labelNamesPath: await keep(this.downloads.saveForNow(names, signal)) }
        : {};
    if (source.kind === 'annotations') return { ...source, ...labelNames };
    const { url, ...reading } = source;
    const annotationsPath = await keep(this.downloads.saveAnnotationsForNow(url, signal));
    return { ...reading, ...labelNames, kind: 'annotations', annotationsPath };
  }
}

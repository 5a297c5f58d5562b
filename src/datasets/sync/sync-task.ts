import type { CheckOptions } from '../../common/index.ts';
import type { JobRun } from '../../jobs/index.ts';
import type { ImageChangeRepository } from '../catalogue/image-change.repository.ts';
import type { ImageRemover } from '../deletion/image-remover.ts';
import type { ImageRepository } from '../catalogue/image.repository.ts';
import type { ImageWriter } from '../catalogue/image-writer.ts';
import type { ImageFetcher } from '../files/image-fetcher.port.ts';
import type { ImageStore } from '../files/image-store.port.ts';
import type { ImportAttributes } from '../import/import-attributes.ts';
import type { ImageIntake } from '../import/image-intake.ts';
import type { ImportRun } from '../import/import-run.ts';
import type { ImportInput, SyncOptions } from '../import/import-input.ts';
import type { SourceLedger } from './source-ledger.ts';

export interface SyncParts {
  readonly images: ImageRepository;
  readonly changes: ImageChangeRepository;
  readonly writer: ImageWriter;
  readonly remover: ImageRemover;
  readonly intake: ImageIntake;
  readonly fetcher: ImageFetcher;
  readonly ledger: SourceLedger;
  readonly store: ImageStore;
}

/** What a synchronisation works for. */
export interface SyncTask {
  readonly datasetId: number;
  readonly signal: AbortSignal;
  /** The names to display for labels, by key. */
  readonly names: ReadonlyMap<string, string>;
  readonly attributes: ImportAttributes;
  readonly options: SyncOptions;
  /** How pictures are judged. */
  readonly check: CheckOptions;
  /** The job, and the run of the import that adds images; undefined to change nothing and only count. */
  readonly doing: { readonly job: JobRun<ImportInput>; readonly importing: ImportRun } | undefined;
}

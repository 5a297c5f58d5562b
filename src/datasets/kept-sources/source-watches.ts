import { Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../../common/index.ts';
import { DatasetsConfig } from '../datasets.config.ts';
import type { ExternalSource } from '../import/import-input.ts';
import { ImportsService } from '../import/imports.service.ts';
import type { KeptSource } from './kept-source.ts';
import { PathWatcher, type PathWatch, type WatchedPath } from './path-watcher.port.ts';

/** How long a path that cannot be watched is left alone. Each attempt has a run, because changes went unnoticed. */
const RETRY_MS = 10 * 60_000;

interface Watched {
  /** Of the request, to notice when a source is changed. */
  readonly request: string;
  /** Undefined if it cannot be watched. */
  readonly watch: PathWatch | undefined;
  /** When it was last found to have changed; undefined once a run has begun since. */
  changedAt: number | undefined;
  /** When to try again; undefined if there is no need. */
  retryAt: number | undefined;
}

/** Knows which of the watched sources have changed, and have been left alone since for long enough. */
@Injectable()
export class SourceWatches {
  private readonly logger = new Logger('Sources');
  private readonly watched = new Map<number, Watched>();

  constructor(
    private readonly watcher: PathWatcher,
    private readonly imports: ImportsService,
    private readonly config: DatasetsConfig,
  ) {}

  /** Watches these sources and no others. What may have changed before counts as changed. */
  async watchOnly(sources: readonly KeptSource[], now: () => number): Promise<void> {
    const wanted = new Map(sources.map((source) => [source.id, source]));
    for (const [id, { request, retryAt }] of this.watched) {
      const source = wanted.get(id);
      const isCurrent = source !== undefined && JSON.stringify(source.request) === request;
      if (!isCurrent || (retryAt !== undefined && retryAt <= now())) await this.drop(id);
    }
    for (const source of sources) {
      if (!this.watched.has(source.id)) this.watched.set(source.id, await this.begin(source, now));
    }
  }

  /** Whether it has changed, and no more for a while. */
  hasSettled({ id }: KeptSource, now: number): boolean {
    const changedAt = this.watched.get(id)?.changedAt;
    return changedAt !== undefined && now - changedAt >= this.config.SOURCE_SETTLE_MS;
  }

  /** A run is about to begin, which sees all changes until now. */
  taken({ id }: KeptSource): void {
    const watched = this.watched.get(id);
    if (watched !== undefined) watched.changedAt = undefined;
  }

  async close(): Promise<void> {
    for (const id of [...this.watched.keys()]) await this.drop(id);
  }

  private async begin(source: KeptSource, now: () => number): Promise<Watched> {
    const request = JSON.stringify(source.request);
    try {
      const { source: resolved } = await this.imports.resolveInput(source.request, {
        trusted: source.trusted,
      });
      const path = watchedPath(resolved);
      const watched: Watched = {
        request,
        watch: this.watcher.watch(
          path,
          () => (watched.changedAt = now()),
          (error) => {
            watched.retryAt ??= now() + RETRY_MS;
            this.report(source, error);
          },
        ),
        changedAt: now(),
        retryAt: undefined,
      };
      return watched;
    } catch (error) {
      this.report(source, error);
      // A run will note what is wrong with it.
      return { request, watch: undefined, changedAt: now(), retryAt: now() + RETRY_MS };
    }
  }

  private async drop(id: number): Promise<void> {
    const watched = this.watched.get(id);
    this.watched.delete(id);
    await watched?.watch?.close();
  }

  private report({ name }: KeptSource, error: unknown): void {
    this.logger.warn(`The source "${name}" cannot be watched at the moment: ${messageOf(error)}`);
  }
}

function watchedPath(source: ExternalSource): WatchedPath {
  switch (source.kind) {
    case 'directory':
      return { path: source.path, kind: 'folder' };
    case 'annotations':
      return { path: source.annotationsPath, kind: 'file' };
    case 'feed':
    case 'bucket':
      throw new Error('A URL cannot be watched');
  }
}

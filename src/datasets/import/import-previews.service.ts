import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { chunksFrom, MAX_BOUND, Semaphore } from '../../common/index.ts';
import { Database } from '../../database/index.ts';
import type { AnnotationFormat } from '../../annotations/index.ts';
import { AnnotationUploads } from './annotation-uploads.ts';
import type { SourceImage } from '../sources/dataset-source.port.ts';
import { DatasetSources } from '../sources/dataset-sources.port.ts';
import { DatasetsService } from '../catalogue/datasets.service.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import { uploadOf, type ImportRequest } from './import-input.ts';

const MAX_LABELS = 1_000;
const MAX_HOSTS = 20;

/** What an import would do. */
export interface ImportPreview {
  /** How the annotations are written; null for a folder. */
  readonly format: AnnotationFormat | null;
  /** Images that are selected. */
  readonly images: number;
  /** Of these, the ones that the dataset has: they are not fetched again. */
  readonly existing: number;
  /** Labels of the selected images. */
  readonly labels: number;
  /** The labels with the most selected images, up to a thousand. */
  readonly byLabel: readonly { readonly key: string; readonly name: string; readonly images: number }[];
  /** What the images that the dataset does not have are fetched from; all places of an image count. */
  readonly locations: { readonly urls: number; readonly paths: number };
  /** The hosts with the most of these URLs, up to twenty. */
  readonly hosts: readonly { readonly host: string; readonly urls: number }[];
}

/** Counts what imports would fetch, and fetches and makes nothing. */
@Injectable()
export class ImportPreviews {
  private readonly db: Kysely<DatasetsTables>;
  /** One at a time: each reads a whole file, on the thread that answers everybody. */
  private readonly slots = new Semaphore(1);

  constructor(
    database: Database,
    private readonly datasets: DatasetsService,
    private readonly sources: DatasetSources,
    private readonly uploads: AnnotationUploads,
  ) {
    this.db = database.tables<DatasetsTables>();
  }

  /**
   * Rejects as `DatasetsService.enqueueImport` does, and with what is wrong with the source:
   * `ANNOTATIONS_INVALID`, `LABEL_UNKNOWN`. An uploaded annotation file is removed in any case.
   */
  async preview(
    request: ImportRequest,
    caller: { readonly trusted: boolean },
    signal = new AbortController().signal,
  ): Promise<ImportPreview> {
    try {
      return await this.slots.run(() => this.survey(request, caller, signal));
    } finally {
      const upload = uploadOf(request.source);
      if (upload !== undefined) await this.uploads.remove(upload);
    }
  }

  private async survey(
    request: ImportRequest,
    caller: { readonly trusted: boolean },
    signal: AbortSignal,
  ): Promise<ImportPreview> {
    const input = await this.datasets.resolveImport(request, caller);
    const datasetId = await this.find(input.dataset);
    const source = this.sources.open(input.source);
    const images = await source.count(input, signal);
    const names = await source.labelNames();
    const byLabel = new Map<string, number>();
    const hosts = new Map<string, number>();
    const locations = { urls: 0, paths: 0 };
    let existing = 0;
    for await (const chunk of chunksFrom(source.read(input, signal), MAX_BOUND)) {
      const known = datasetId === undefined ? new Set<string>() : await this.known(datasetId, chunk);
      existing += known.size;
      for (const image of chunk) {
        for (const label of image.labels) countOne(byLabel, label);
        if (!known.has(image.externalId)) countLocations(image, locations, hosts);
      }
    }
    return {
      format: await source.format(signal),
      images,
      existing,
      labels: byLabel.size,
      byLabel: mostOf(byLabel, MAX_LABELS).map(([key, count]) => ({
        key,
        name: names.get(key) ?? key,
        images: count,
      })),
      locations,
      hosts: mostOf(hosts, MAX_HOSTS).map(([host, urls]) => ({ host, urls })),
    };
  }

  private async find(name: string): Promise<number | undefined> {
    const row = await this.db.selectFrom('datasets').select('id').where('name', '=', name).executeTakeFirst();
    return row?.id;
  }

  private async known(datasetId: number, images: readonly SourceImage[]): Promise<Set<string>> {
    const ids = images.map(({ externalId }) => externalId);
    const rows = await this.db
      .selectFrom('images')
      .select('external_id')
      .where('dataset_id', '=', datasetId)
      .where('external_id', 'in', ids)
      .execute();
    return new Set(rows.map(({ external_id }) => external_id));
  }
}

function countLocations(
  image: SourceImage,
  locations: { urls: number; paths: number },
  hosts: Map<string, number>,
): void {
  for (const location of image.locations) {
    if ('path' in location) {
      locations.paths += 1;
      continue;
    }
    locations.urls += 1;
    const host = URL.parse(location.url)?.hostname ?? '';
    if (host !== '') countOne(hosts, host);
  }
}

function countOne(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function mostOf(counts: ReadonlyMap<string, number>, limit: number): [string, number][] {
  return [...counts].sort(([a, most], [b, next]) => next - most || (a < b ? -1 : 1)).slice(0, limit);
}

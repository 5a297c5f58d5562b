import { Injectable } from '@nestjs/common';
import { chunksFrom, MAX_BOUND, Semaphore } from '../../common/index.ts';
import type { AnnotationFormat } from '../../annotations/index.ts';
import { AttributeRepository } from '../attributes/attribute.repository.ts';
import type { AttributeType, AttributeValue } from '../../filters/index.ts';
import { AttributeTallies } from './attribute-tallies.ts';
import { planAttributes, type ImportAttributes } from './import-attributes.ts';
import type { SyncCounts, SyncSamples } from '../sync/sync-counts.ts';
import { mostRemoved } from '../sync/sync-run.ts';
import { SyncRuns } from '../sync/sync-runs.ts';
import { AnnotationUploads } from './annotation-uploads.ts';
import type { DatasetSource, SourceImage } from '../sources/dataset-source.port.ts';
import { DatasetRepository } from '../catalogue/dataset.repository.ts';
import type { Dataset } from '../catalogue/datasets.ts';
import { ImageRepository } from '../catalogue/image.repository.ts';
import { uploadOf, type ImportInput, type ImportRequest } from './import-input.ts';
import type { ImportCaller } from './import-paths.ts';
import { ImportsService } from './imports.service.ts';
import { OpenedSources } from './opened-sources.ts';

const MAX_LABELS = 1_000;
const MAX_HOSTS = 20;
const MAX_FAULTS = 20;

/** What an import would do. */
export interface ImportPreview {
  /** The format of the annotations; null for a folder. */
  readonly format: AnnotationFormat | null;
  /** The number of selected images. */
  readonly images: number;
  /** How many of them the dataset already has: these are not fetched again. */
  readonly existing: number;
  /** The number of labels of the selected images. */
  readonly labels: number;
  /** The labels with the most selected images, up to a thousand. */
  readonly byLabel: readonly { readonly key: string; readonly name: string; readonly images: number }[];
  /** The columns of CSV, or the keys of the first images, that can become attributes. */
  readonly columns: readonly string[];
  /** The attributes that the import would set. */
  readonly attributes: readonly {
    readonly name: string;
    /** Null if no image has a value. */
    readonly type: AttributeType | null;
    /** The number of selected images with a value that fits. */
    readonly images: number;
    /** The number of those whose value does not fit. */
    readonly invalid: number;
    /** The first few values. */
    readonly samples: readonly AttributeValue[];
  }[];
  /** The rows that cannot be used: how many, and the first twenty. */
  readonly faults: {
    readonly count: number;
    readonly first: readonly { readonly item: string; readonly message: string }[];
  };
  /** What would happen to the images; null unless the dataset would be brought in step with the source. */
  readonly sync: SyncPreview | null;
  /** Where the images that the dataset lacks are fetched from, counting every location of each image. */
  readonly locations: { readonly urls: number; readonly paths: number };
  /** The hosts with the most of these URLs, up to twenty. */
  readonly hosts: readonly { readonly host: string; readonly urls: number }[];
}

/** Counts what imports would fetch, without fetching or creating anything. */
@Injectable()
export class ImportPreviews {
  /** One at a time: each reads a whole file on the thread that answers all requests. */
  private readonly slots = new Semaphore(1);

  constructor(
    private readonly imports: ImportsService,
    private readonly datasets: DatasetRepository,
    private readonly images: ImageRepository,
    private readonly attributes: AttributeRepository,
    private readonly sources: OpenedSources,
    private readonly uploads: AnnotationUploads,
    private readonly syncs: SyncRuns,
  ) {}

  /**
   * Rejects as `ImportsService.enqueueImport` does, and with the faults of the source:
   * `ANNOTATIONS_INVALID`, `LABEL_UNKNOWN`. An uploaded annotation file is always removed.
   */
  async preview(
    request: ImportRequest,
    caller: ImportCaller,
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
    caller: ImportCaller,
    signal: AbortSignal,
  ): Promise<ImportPreview> {
    const input = await this.imports.resolveInput(request, caller);
    const dataset = await this.datasets.findByName(input.dataset);
    const { source, close } = await this.sources.open(input, dataset?.id, signal);
    try {
      return await this.surveySource(source, input, dataset, signal);
    } finally {
      await close();
    }
  }

  private async surveySource(
    source: DatasetSource,
    input: ImportInput,
    dataset: Dataset | undefined,
    signal: AbortSignal,
  ): Promise<ImportPreview> {
    const images = await source.count(input, signal);
    const names = await source.labelNames();
    const known = dataset === undefined ? new Map() : await this.attributes.types(dataset.id);
    const plan = await planAttributes(source, input, known, signal);
    const wanted = 'attributes' in input.source ? (input.source.attributes ?? []) : [];
    const tallies = new AttributeTallies(
      wanted.map(({ name }) => name),
      plan,
    );
    const byLabel = new Map<string, number>();
    const hosts = new Map<string, number>();
    const locations = { urls: 0, paths: 0 };
    let existing = 0;
    for await (const chunk of chunksFrom(source.read(input, signal), MAX_BOUND)) {
      const externalIds = chunk.map(({ externalId }) => externalId);
      const present = dataset && (await this.images.findExternalIds(dataset.id, externalIds));
      existing += present?.size ?? 0;
      for (const image of chunk) {
        tallies.add(image);
        for (const label of image.labels) countOne(byLabel, label);
        if (!present?.has(image.externalId)) countLocations(image, locations, hosts);
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
      columns: await source.columns(signal),
      attributes: tallies.all(),
      faults: await shownFaults(source, signal),
      sync: await this.previewSync(source, input, dataset, names, plan, signal),
      locations,
      hosts: mostOf(hosts, MAX_HOSTS).map(([host, urls]) => ({ host, urls })),
    };
  }

  private async previewSync(
    source: DatasetSource,
    input: ImportInput,
    dataset: Dataset | undefined,
    names: ReadonlyMap<string, string>,
    attributes: ImportAttributes,
    signal: AbortSignal,
  ): Promise<SyncPreview | null> {
    const { sync: options } = input;
    if (options === undefined) return null;
    const ledger = dataset && (await this.syncs.beginPass(dataset.id, input));
    if (dataset === undefined || ledger === undefined) return null;
    const scope = { datasetId: dataset.id, signal, names, attributes };
    const task = { ...scope, options, check: input, doing: undefined };
    const syncing = this.syncs.start(task, ledger);
    const chunks = () => chunksFrom(source.read(input, signal), MAX_BOUND);
    await syncing.compare(chunks());
    if (syncing.hasNew) for await (const chunk of chunks()) await syncing.add(chunk);
    await syncing.removeVanished(0);
    const { all: brought } = await ledger.countVanished();
    return {
      counts: syncing.tally.counts(),
      samples: syncing.tally.samples(),
      brought,
      mostVanished: mostRemoved(brought, options),
    };
  }
}

/** What a synchronisation would do. */
export interface SyncPreview {
  readonly counts: SyncCounts;
  /** The first external ids of each kind, up to ten. */
  readonly samples: SyncSamples;
  /** The number of images that the source has brought until now. */
  readonly brought: number;
  /** If more of them have vanished, a synchronisation stops before it removes any. */
  readonly mostVanished: number;
}

async function shownFaults(source: DatasetSource, signal: AbortSignal): Promise<ImportPreview['faults']> {
  const { count, first } = await source.faults(signal);
  return {
    count,
    first: first.slice(0, MAX_FAULTS).map(({ item, error }) => ({ item, message: error.message })),
  };
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
    const host = URL.parse(location.url)?.hostname;
    if (host) countOne(hosts, host);
  }
}

function countOne(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function mostOf(counts: ReadonlyMap<string, number>, limit: number): [string, number][] {
  return [...counts].sort(([a, most], [b, next]) => next - most || (a < b ? -1 : 1)).slice(0, limit);
}

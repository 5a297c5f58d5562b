import { Injectable } from '@nestjs/common';
import { chunksOf, giveWay } from '../../common/index.ts';
import {
  DatasetEvents,
  DatasetsService,
  ImagesService,
  type DatasetListener,
  type SearchOutcomes,
} from '../../datasets/index.ts';
import { type Job, JobKind, JobQueue } from '../../jobs/index.ts';
import { IndexRepository } from '../indexing/index.repository.ts';
import { datasetNotIndexed, mapNotBuilt } from '../search.errors.ts';
import type { DatasetMap, MapPoints } from './dataset-map.ts';
import { MapFiles } from './map-files.ts';
import { MapRepository } from './map.repository.ts';
import { labelPoints, pointsFile, type MapLabel } from './points-file.ts';

/** How many maps are kept in memory, 8 MB each at most. */
const KEPT = 4;
/** The number of images whose labels are read at a time. */
const PAGE = 5_000;
const OUTLIER_NEIGHBOURS = 10;

export interface Outlier {
  readonly imageId: number;
  /** The mean similarity to its nearest neighbours, -1 to 1. */
  readonly score: number;
}

/** What is known of a map as long as neither it nor its dataset changes. */
interface OpenMap {
  readonly version: string;
  readonly points: MapPoints;
  /** The keys of labels of the images that still exist. */
  readonly labelsOf: ReadonlyMap<number, readonly string[]>;
  readonly labels: readonly MapLabel[];
  readonly file: Buffer;
  /** Computed when they are first asked for. */
  outliers?: Outlier[];
}

/** Maps of datasets, and what their neighbourhoods tell. */
@Injectable()
export class MapsService implements DatasetListener {
  private readonly open = new Map<number, Promise<OpenMap>>();

  constructor(
    private readonly datasets: DatasetsService,
    private readonly images: ImagesService,
    private readonly indexes: IndexRepository,
    private readonly maps: MapRepository,
    private readonly files: MapFiles,
    private readonly jobs: JobQueue,
    events: DatasetEvents,
  ) {
    events.subscribe(this);
  }

  /** Rejects with `DATASET_NOT_FOUND` and `DATASET_NOT_INDEXED`. */
  async enqueueBuild(datasetId: number): Promise<Job> {
    const { id, name } = await this.datasets.get(datasetId);
    if (this.indexes.listReady([id]).length === 0) throw datasetNotIndexed(name);
    return this.jobs.enqueue({ kind: JobKind.BUILD_MAP, datasetId: id, input: {} });
  }

  find(datasetId: number): Promise<DatasetMap | undefined> {
    return this.maps.find(datasetId);
  }

  /** Whether another index answers by now, or pictures have been added, deleted or replaced. */
  async isStale({ datasetId, indexId, checkpoint }: DatasetMap): Promise<boolean> {
    const [index] = this.indexes.listReady([datasetId]);
    return index?.id !== indexId || this.images.hasPictureChangedAfter(datasetId, checkpoint);
  }

  /** The points as `pointsFile` writes them, with their version. Rejects with `MAP_NOT_BUILT`. */
  async pointsOf(datasetId: number): Promise<{ readonly version: string; readonly file: Buffer }> {
    return this.openMap(datasetId);
  }

  /** The version of the points, without reading them. Rejects with `MAP_NOT_BUILT`. */
  async versionOf(datasetId: number): Promise<string> {
    return this.version(await this.get(datasetId));
  }

  /** The labels of the points, in the order of their positions. Rejects with `MAP_NOT_BUILT`. */
  async labelsOf(datasetId: number): Promise<readonly MapLabel[]> {
    return (await this.openMap(datasetId)).labels;
  }

  /** The images that are least like their nearest neighbours, the least alike first. Rejects with `MAP_NOT_BUILT`. */
  async outliers(datasetId: number, first: number): Promise<Outlier[]> {
    const map = await this.openMap(datasetId);
    map.outliers ??= outliersOf(map.points, map.labelsOf);
    return map.outliers.slice(0, first);
  }

  async imagesChanged(): Promise<SearchOutcomes> {
    return new Map();
  }

  async datasetDeleting(datasetId: number): Promise<void> {
    this.open.delete(datasetId);
    await this.maps.delete(datasetId);
    await this.files.removeOthers(datasetId);
  }

  async filesRemoved(): Promise<void> {
    // Maps have no files of pictures.
  }

  private async get(datasetId: number): Promise<DatasetMap> {
    const map = await this.maps.find(datasetId);
    if (map !== undefined) return map;
    throw mapNotBuilt((await this.datasets.get(datasetId)).name);
  }

  private async version({ datasetId, file }: DatasetMap): Promise<string> {
    return `${file.replace('.map', '')}-${await this.images.latestChange(datasetId)}`;
  }

  private async openMap(datasetId: number): Promise<OpenMap> {
    const map = await this.get(datasetId);
    const version = await this.version(map);
    const kept = await this.open.get(datasetId)?.catch(() => undefined);
    if (kept?.version === version) return kept;
    const opening = this.read(map, version);
    this.open.delete(datasetId);
    this.open.set(datasetId, opening);
    const [oldest] = this.open.keys();
    if (this.open.size > KEPT && oldest !== undefined) this.open.delete(oldest);
    opening.catch(() => this.open.get(datasetId) === opening && this.open.delete(datasetId));
    return opening;
  }

  private async read(map: DatasetMap, version: string): Promise<OpenMap> {
    const { datasetId } = map;
    const points = await this.files.read(map.file);
    if (points === undefined) throw mapNotBuilt((await this.datasets.get(datasetId)).name);
    const labelsOf = new Map<number, readonly string[]>();
    for (const ids of chunksOf(Array.from(points.ids), PAGE)) {
      for (const [id, keys] of await this.images.labelKeysOf(ids)) labelsOf.set(id, keys);
      await giveWay();
    }
    const keys = new Set([...labelsOf.values()].flat());
    const names = await this.datasets.labelsByKey(datasetId, [...keys]);
    const labelled = labelPoints(points.ids, labelsOf, (key) => names.get(key)?.name ?? key);
    const file = pointsFile(points, labelled, (id) => labelsOf.has(id));
    return { version, points, labelsOf, labels: labelled.labels, file };
  }
}

function outliersOf(
  { ids, k, neighbours, similarities }: MapPoints,
  labelsOf: ReadonlyMap<number, unknown>,
): Outlier[] {
  const outliers: Outlier[] = [];
  ids.forEach((imageId, point) => {
    if (!labelsOf.has(imageId)) return;
    let [sum, found] = [0, 0];
    for (let at = point * k; at < point * k + Math.min(k, OUTLIER_NEIGHBOURS); at += 1) {
      if (!labelsOf.has(ids[neighbours[at]!] ?? 0)) continue;
      sum += similarities[at]!;
      found += 1;
    }
    if (found > 0) outliers.push({ imageId, score: sum / found });
  });
  return outliers.sort((a, b) => a.score - b.score || a.imageId - b.imageId).slice(0, 100);
}

import { Injectable } from '@nestjs/common';
import { badUserInput, readUpload } from '../../../common/index.ts';
import { UploadLimitsConfig } from '../../../config/index.ts';
import { DatasetsService, ImagesService, type FacetRequest } from '../../../datasets/index.ts';
import { Downloader } from '../../../downloads/index.ts';
import { downloadQuery } from '../../query/query-download.ts';
import type { PictureSource, SearchBy, SimilarImagesQuery } from '../../query/similar-images.ts';
import { examplesInvalid, facetsInvalid, queryPictureMissing } from '../../search.errors.ts';
import type { SearchedWith, SimilarImagesArgs } from './similar-images.args.ts';
import { queryPictureKey } from '../query-pictures/query-picture.type.ts';
import type { FacetInput, PictureInput, SearchExampleInput } from './similar-images.input.ts';

const MAX_DATASETS = 1_000;

/** Turns the arguments of searches into queries. */
@Injectable()
export class SearchRequests {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly images: ImagesService,
    private readonly downloader: Downloader,
    private readonly limits: UploadLimitsConfig,
  ) {}

  /**
   * Uploads and URLs are read when the search needs them. Rejects with `DATASET_NOT_FOUND`, `IMAGE_NOT_FOUND`,
   * `IMAGE_REF_INVALID`, `QUERY_PICTURE_MISSING`, `EXAMPLES_INVALID` and `FACETS_INVALID`.
   */
  async query(args: SimilarImagesArgs): Promise<SimilarImagesQuery> {
    return {
      by: await this.by(args),
      datasetIds: args.datasets == null ? undefined : await this.datasetIds(args.datasets),
      k: args.first,
      after: args.after ?? undefined,
      filter: args.filter ?? undefined,
      minScore: args.minScore ?? undefined,
      minConfidence: args.minConfidence ?? undefined,
      collapseDuplicates: args.collapseDuplicates,
      groupBy: args.groupBy ?? undefined,
      facets: args.facets.map(facetOf),
    };
  }

  /** Rejects as `query` does. */
  async by({ by, region }: SearchedWith): Promise<SearchBy> {
    if (by.examples === undefined) return { ...(await this.source(by)), region: region ?? undefined };
    if (region != null) throw examplesInvalid('each has a region of its own, so "region" must be omitted');
    return { examples: await Promise.all(by.examples.map((example) => this.example(example))) };
  }

  /** Rejects with `DATASET_NOT_FOUND`. */
  async datasetId(idOrName: string): Promise<number> {
    return (await this.datasets.resolve(idOrName)).id;
  }

  /** The bytes of an upload or a download. Rejects as `readUpload` and `downloadQuery` do. */
  read({ upload, url }: PictureInput, signal?: AbortSignal): Promise<Uint8Array> {
    const maxBytes = this.limits.MAX_UPLOAD_BYTES;
    if (upload != null) return readUpload(upload, maxBytes);
    if (url == null) throw queryPictureMissing();
    return downloadQuery(this.downloader, url, {
      maxBytes,
      signal: signal ?? new AbortController().signal,
    });
  }

  private async example(input: SearchExampleInput) {
    const { weight, region, image, queryPictureId, upload, url, text } = input;
    if ([image, queryPictureId, upload, url, text].filter((given) => given != null).length !== 1) {
      throw examplesInvalid('each needs exactly one of image, queryPictureId, upload, url and text');
    }
    return { ...(await this.source(input)), region: region ?? undefined, weight };
  }

  private async source(input: PictureInput): Promise<PictureSource> {
    const { image, queryPictureId, url, text } = input;
    if (image != null) return { imageId: (await this.images.resolve(image)).id };
    if (queryPictureId != null) return { queryPictureId: queryPictureKey(queryPictureId) };
    if (text != null) return { text };
    return { open: (signal) => this.read(input, signal), url: url ?? undefined };
  }

  private async datasetIds(datasets: readonly string[]): Promise<number[]> {
    if (datasets.length > MAX_DATASETS) throw badUserInput(`Name at most ${MAX_DATASETS} datasets.`);
    const ids = new Set<number>();
    for (const dataset of new Set(datasets)) ids.add(await this.datasetId(dataset));
    return [...ids];
  }
}

/** Rejects with `FACETS_INVALID`. */
export function facetOf({ attribute, labels, first }: FacetInput): FacetRequest {
  if (attribute != null && labels !== true) return { attribute, first };
  if (attribute == null && labels === true) return { labels: true, first };
  throw facetsInvalid('each needs exactly one of attribute and labels');
}

import { Injectable } from '@nestjs/common';
import { ImagesService, type Image } from '../../datasets/index.ts';
import { Embedder, type EmbeddingModel, type JudgedPair, type JudgedVector } from '../../embeddings/index.ts';
import { FeedbackRepository } from './feedback.repository.ts';
import { queryKeyOf, Verdict, type Feedback } from './feedback.ts';

/** At most so many of the latest verdicts are learnt from, so that they take some megabytes. */
const MOST_VERDICTS = 5_000;
const PAGE = 500;

export interface JudgedRequest {
  readonly datasetId: number;
  /** Without a projection. */
  readonly model: EmbeddingModel;
  readonly signal?: AbortSignal;
}

/** The vectors of images that people found relevant and of what they searched with, which projections learn from. */
@Injectable()
export class JudgedVectors {
  constructor(
    private readonly repository: FeedbackRepository,
    private readonly images: ImagesService,
    private readonly embedder: Embedder,
  ) {}

  /** The number of verdicts that say an image is relevant, of the latest `MOST_VERDICTS`. */
  async count(datasetId: number): Promise<number> {
    let count = 0;
    for await (const verdicts of this.pages(datasetId)) count += verdicts.filter(isRelevant).length;
    return count;
  }

  /**
   * The pairs, the latest first. Left out are images that no longer exist or cannot be embedded, and query pictures of
   * which no features under the networks of the model are kept.
   */
  async *pairs(request: JudgedRequest): AsyncGenerator<JudgedPair> {
    for await (const verdicts of this.pages(request.datasetId)) {
      const relevant = verdicts.filter(isRelevant);
      const ids = relevant.flatMap(({ imageId, query }) =>
        'imageId' in query ? [imageId, query.imageId] : [imageId],
      );
      const images = await this.images.findByIds([...new Set(ids)]);
      for (const verdict of relevant) {
        request.signal?.throwIfAborted();
        const image = await this.ofImage(images.get(verdict.imageId), request);
        const query = image && (await this.ofQuery(verdict, images, request));
        if (image !== undefined && query !== undefined) yield { query, image };
      }
    }
  }

  private async *pages(datasetId: number): AsyncGenerator<Feedback[]> {
    let before: number | undefined;
    for (let seen = 0; seen < MOST_VERDICTS; seen += PAGE) {
      const page = { after: undefined, before, limit: PAGE, backwards: true };
      const verdicts = await this.repository.list(datasetId, page);
      if (verdicts.length > 0) yield verdicts;
      if (verdicts.length < PAGE) return;
      before = Math.min(...verdicts.map(({ id }) => id));
    }
  }

  private async ofQuery(
    { query }: Feedback,
    images: ReadonlyMap<number, Image>,
    request: JudgedRequest,
  ): Promise<JudgedVector | undefined> {
    const { model, signal } = request;
    const key = queryKeyOf(query);
    if (!('imageId' in query)) {
      const features = await this.repository.featuresOf(key);
      const own = features.find((one) => one.model === model.base.identity.key);
      return own && { key, vector: own.vector };
    }
    const image = images.get(query.imageId);
    const { region } = query;
    if (image === undefined || region === undefined) return this.ofImage(image, request);
    return this.unlessFailed(signal, async () => {
      const bytes = await this.images.readBytes(image.sha256);
      return { key, vector: await this.embedder.embed(bytes, { model, region, signal, checked: true }) };
    });
  }

  private async ofImage(
    image: Image | undefined,
    { model, signal }: JudgedRequest,
  ): Promise<JudgedVector | undefined> {
    if (image === undefined) return undefined;
    const { sha256 } = image;
    return this.unlessFailed(signal, async () => {
      const item = { sha256, open: () => this.images.readBytes(sha256) };
      return { key: sha256, vector: await this.embedder.embedStored(item, { model, signal }) };
    });
  }

  private async unlessFailed<Value>(
    signal: AbortSignal | undefined,
    make: () => Promise<Value>,
  ): Promise<Value | undefined> {
    const value = await make().catch(() => undefined);
    signal?.throwIfAborted();
    return value;
  }
}

function isRelevant({ verdict }: Feedback): boolean {
  return verdict !== Verdict.NOT_RELEVANT;
}

import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ImagesService, type RelatedPicture } from '../../datasets/index.ts';
import { Embedder, textInvalid, type EmbeddingModel, type Region } from '../../embeddings/index.ts';
import { QueryPictures } from '../query-pictures/query-pictures.service.ts';
import { examplesInvalid } from '../search.errors.ts';
import { combineExamples } from './combine-examples.ts';
import { SEARCH_LIMITS, type Example, type SearchBy, type SearchPicture } from './similar-images.ts';

/** What is searched with, before it is embedded. */
export interface Question {
  /** Equal for the same pictures, regions and weights. */
  key(): string;
  /** The images that are searched with, which are not hits. */
  readonly excluded: readonly number[];
  /** Whether the vectors are those of an image of the catalogue. */
  readonly isOfImage: boolean;
  /** The pictures with a positive weight, to compare hits with. Their whole files, whatever region is searched with. */
  related(signal?: AbortSignal): Promise<RelatedPicture[]>;
  /** One unit vector for each model. All models have the same networks, which `base` has without a projection. */
  vectors(
    models: readonly EmbeddingModel[],
    base: EmbeddingModel,
    signal?: AbortSignal,
  ): Promise<Float32Array[]>;
}

interface OpenedPicture {
  key(): string;
  embed(model: EmbeddingModel, signal?: AbortSignal): Promise<Float32Array>;
  /** Undefined if there is no file, or no longer. */
  related(signal?: AbortSignal): Promise<RelatedPicture | undefined>;
  /** Whether its vectors are known once they have been computed, under each model. */
  readonly isStored?: boolean;
}

type PictureWithFile = Exclude<
  SearchPicture,
  { readonly text: string } | { readonly features: Float32Array }
>;

/** Opens the pictures that are searched with, and embeds them. */
@Injectable()
export class SearchPictures {
  constructor(
    private readonly images: ImagesService,
    private readonly embedder: Embedder,
    private readonly kept: QueryPictures,
  ) {}

  /**
   * Rejects with `IMAGE_NOT_FOUND`, `QUERY_PICTURE_NOT_FOUND`, `EXAMPLES_INVALID`, `TEXT_INVALID`, or as an upload does;
   * `vectors` with the reason why a picture or text cannot be embedded, or `EXAMPLES_CANCEL_OUT`.
   */
  async question(by: SearchBy, signal?: AbortSignal): Promise<Question> {
    const examples = 'examples' in by ? by.examples : [{ ...by, weight: 1 }];
    assertExamples(examples);
    const opened = await Promise.all(examples.map((example) => this.open(example, signal)));
    return {
      key: () =>
        JSON.stringify(examples.map(({ weight, region }, at) => [opened[at]!.key(), weight, region ?? null])),
      excluded: examples.flatMap((example) =>
        'imageId' in example && example.weight > 0 ? [example.imageId] : [],
      ),
      isOfImage: opened.length === 1 && opened[0]!.isStored === true && examples[0]!.weight > 0,
      related: async (signal) => {
        const wanted = opened.filter((_picture, at) => examples[at]!.weight > 0);
        const pictures = await Promise.all(wanted.map((picture) => picture.related(signal)));
        return pictures.filter((picture) => picture !== undefined);
      },
      vectors: async (models, base, signal) => {
        const vectors = await Promise.all(opened.map((picture) => vectorsOf(picture, models, base, signal)));
        const weights = examples.map(({ weight }) => weight);
        // Scores are cosines of projected vectors, so these are what is to be added: the ranking is then that of the
        // weighted sum of each example's scores. Before the projection, its mean would enter with the wrong weight.
        return models.map((_, at) =>
          combineExamples(
            vectors.map((ofPicture) => ofPicture[at]!),
            weights,
          ),
        );
      },
    };
  }

  /** The bytes of a picture, and the picture in a form that can be opened again. Rejects as `question` does. */
  async read(
    picture: PictureWithFile,
    signal?: AbortSignal,
  ): Promise<{ readonly bytes: Uint8Array; readonly picture: SearchPicture }> {
    if ('open' in picture) {
      // Of an upload, or of an address that may not give the same again.
      const bytes = await picture.open(signal);
      return { bytes, picture: { bytes, region: picture.region } };
    }
    return { bytes: await this.bytesOf(picture), picture };
  }

  /** The unit vector of a picture under a model. Rejects as `question` does. */
  async embed(picture: SearchPicture, model: EmbeddingModel, signal?: AbortSignal): Promise<Float32Array> {
    return (await this.open(picture, signal)).embed(model, signal);
  }

  private async bytesOf(picture: Exclude<PictureWithFile, { readonly open: unknown }>): Promise<Uint8Array> {
    if ('bytes' in picture) return picture.bytes;
    if ('queryPictureId' in picture) return this.kept.read(await this.kept.get(picture.queryPictureId));
    return this.images.readBytes((await this.images.get(picture.imageId)).sha256);
  }

  private async open(picture: SearchPicture, signal?: AbortSignal): Promise<OpenedPicture> {
    const { region } = picture;
    if ('imageId' in picture) return this.openImage(picture.imageId, region);
    if ('queryPictureId' in picture) return this.openKept(picture.queryPictureId, region);
    if ('text' in picture) return this.openText(picture.text, region);
    if ('features' in picture) return openFeatures(picture.features);
    if ('bytes' in picture) return this.opened(picture.bytes, region);
    const { open, url } = picture;
    if (url === undefined) return this.opened(await open(signal), region);
    let fetched: Promise<Uint8Array> | undefined;
    // What is compared with the hits has been downloaded for the search, unless that was kept.
    const bytes = (signal?: AbortSignal) => (fetched ??= open(signal));
    return {
      key: () => `url:${url}`,
      embed: async (model, signal) => this.embedder.embed(await bytes(signal), { model, region, signal }),
      related: async (signal) => ({ bytes: await bytes(signal) }),
    };
  }

  private opened(bytes: Uint8Array, region: Region | undefined): OpenedPicture {
    return {
      key: () => `bytes:${hash('sha256', bytes)}`,
      embed: (model, signal) => this.embedder.embed(bytes, { model, region, signal }),
      related: async () => ({ bytes }),
    };
  }

  private openText(text: string, region: Region | undefined): OpenedPicture {
    if (region !== undefined) throw textInvalid('a text has no region');
    return {
      key: () => `text:${text}`,
      embed: (model, signal) => this.embedder.embedText(text, { model, signal }),
      related: async () => undefined,
    };
  }

  private async openImage(id: number, region: Region | undefined): Promise<OpenedPicture> {
    const { sha256 } = await this.images.get(id);
    const open = () => this.images.readBytes(sha256);
    return {
      key: () => `image:${id}`,
      isStored: region === undefined,
      related: async () => ({ image: { id, sha256 } }),
      embed: async (model, signal) =>
        region === undefined
          ? this.embedder.embedStored({ sha256, open }, { model, signal })
          : this.embedder.embed(await open(), { model, region, signal, checked: true }),
    };
  }

  private async openKept(id: string, region: Region | undefined): Promise<OpenedPicture> {
    const picture = await this.kept.get(id);
    return {
      key: () => `picture:${id}`,
      embed: (model, signal) =>
        this.kept.features(picture, { model: model.identity.key, region }, (bytes) =>
          this.embedder.embed(bytes, { model, region, signal, checked: true }),
        ),
      related: async () => ({ bytes: await this.kept.read(picture) }),
    };
  }
}

function openFeatures(features: Float32Array): OpenedPicture {
  return {
    key: () =>
      `features:${hash('sha256', new Uint8Array(features.buffer, features.byteOffset, features.byteLength))}`,
    embed: async ({ projection }) => projection?.apply(features) ?? features,
    related: async () => undefined,
  };
}

/** The vector of a picture under each of the models, which have the same networks. */
async function vectorsOf(
  picture: OpenedPicture,
  models: readonly EmbeddingModel[],
  base: EmbeddingModel,
  signal: AbortSignal | undefined,
): Promise<Float32Array[]> {
  if (picture.isStored === true) {
    const vectors: Float32Array[] = [];
    // One after the other, so that the networks run for the first one only.
    for (const model of models) vectors.push(await picture.embed(model, signal));
    return vectors;
  }
  const whole = await picture.embed(base, signal);
  return models.map(({ projection }) => projection?.apply(whole) ?? whole);
}

function assertExamples(examples: readonly Example[]): void {
  const { length } = examples;
  if (length < 1 || length > SEARCH_LIMITS.examples) {
    throw examplesInvalid(`there must be 1 to ${SEARCH_LIMITS.examples} of them, not ${length}`);
  }
  for (const { weight } of examples) {
    if (!(weight >= -1 && weight <= 1)) throw examplesInvalid(`a weight must be from -1 to 1, not ${weight}`);
  }
}

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { fileNotFound, isSystemError, NOT_A_FILE, notRegularFile } from '../../common/index.ts';
import { getManifest, isSameVariant } from '../catalogue/model-catalogue.ts';
import { ModelLocations } from '../catalogue/model-locations.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import { KnownModels, sourceOf, type KnownModel } from './known-models.ts';
import { ModelFetcher, readCheckedFile, type FetchOptions } from './model-fetcher.ts';
import { isComplete, ModelFolder, type VariantFilter } from './model-folder.ts';
import { ModelProposer, type AddOptions, type Proposal } from './model-proposer.ts';
import { modelExists } from './registry.errors.ts';
import { modelNotPublished } from '../embeddings.errors.ts';

export interface PullOptions extends FetchOptions {
  /** A file that was copied here by hand, to use instead of fetching one. */
  readonly from?: string;
  /** An address to use instead of the public ones. */
  readonly mirror?: string;
}

export interface PulledModel {
  readonly model: ModelManifest;
  /** False if it had been registered before. */
  readonly fresh: boolean;
}

export interface ListedModel {
  readonly model: ModelManifest;
  readonly bundled: boolean;
  /** Whether all of its files exist at their full length. */
  readonly complete: boolean;
}

/** Registers models in the user's folder: published ones by name, others from their files. */
@Injectable()
export class ModelRegistry {
  /** The models that can be pulled by name. */
  readonly known: readonly KnownModel[];

  constructor(
    private readonly locations: ModelLocations,
    private readonly folder: ModelFolder,
    private readonly proposer: ModelProposer,
    private readonly fetcher: ModelFetcher,
    { models }: KnownModels,
  ) {
    this.known = models;
  }

  /** The bundled models, followed by those in the user's folder. */
  async list(): Promise<ListedModel[]> {
    const { bundled, user } = this.locations;
    const listed = async (models: readonly ModelManifest[], folder: string, isBundled: boolean) =>
      Promise.all(
        models.map(async (model) => ({
          model,
          bundled: isBundled,
          complete: await isComplete(folder, model),
        })),
      );
    return [
      ...(await listed(await getManifest(bundled, 'package'), bundled, true)),
      ...(await listed(await this.folder.listModels(), user, false)),
    ];
  }

  /** Works out how a network must be registered, see `ModelProposer.proposeFile`. Writes nothing. */
  async propose(path: string, options: AddOptions): Promise<Proposal> {
    return this.proposer.proposeFile(path, options);
  }

  /** Rejects with `MODEL_EXISTS` if there is a different model with this id, precision and format. */
  async register({ entry, bytes, shards, textFiles }: Proposal): Promise<ModelManifest> {
    return this.folder.addModel(entry, bytes, shards, textFiles);
  }

  /**
   * Fetches a published model and registers it, unless that has been done.
   *
   * Rejects with `MODEL_UNKNOWN`, `MODEL_NOT_FETCHED`, `FILE_NOT_FOUND`, `MODEL_WRONG_FILE`, or with
   * `MODEL_EXISTS` if a different model has the name.
   */
  async pull(id: string, options: PullOptions): Promise<PulledModel> {
    const known = this.known.find((model) => model.id === id);
    if (known === undefined) {
      throw modelNotPublished(
        id,
        this.known.map((model) => model.id),
      );
    }
    if (options.from !== undefined) {
      return this.registerKnown(known, await readCopiedFile(options.from, known));
    }
    const registered = await this.findRegistered(known);
    if (registered !== undefined) return { model: registered, fresh: false };
    const urls = options.mirror === undefined ? known.urls : [options.mirror];
    // Two processes that write to the same partial file would spoil it.
    return this.folder.exclusively(async () => {
      const meanwhile = await this.findRegistered(known);
      if (meanwhile !== undefined) return { model: meanwhile, fresh: false };
      const partial = join(this.folder.path, `.${known.file}.partial`);
      const bytes = await this.fetcher.fetchModel(known, urls, partial, options);
      const pulled = await this.registerKnown(known, bytes);
      await rm(partial, { force: true });
      return pulled;
    }, `pull-${known.id}`);
  }

  /** Removes a registered model, see `ModelFolder.removeModel`. */
  async remove(
    id: string,
    filter: VariantFilter = {},
    mayRemove?: (model: ModelManifest) => Promise<void>,
  ): Promise<ModelManifest> {
    return this.folder.removeModel(id, filter, mayRemove);
  }

  /**
   * A published model as it is registered; undefined if it is not, or if its file is incomplete. Rejects
   * with `MODEL_EXISTS` if a different model has its name, before anything is fetched.
   */
  private async findRegistered(known: KnownModel): Promise<ModelManifest | undefined> {
    const variant = { id: known.id, precision: known.precision, format: 'onnx' as const };
    const found = (await this.folder.listModels()).find((model) => isSameVariant(model, variant));
    if (found === undefined) return undefined;
    if (found.source !== sourceOf(known)) throw modelExists(variant, 'registered');
    return (await this.folder.isComplete(found)) ? found : undefined;
  }

  private async registerKnown(known: KnownModel, bytes: Buffer): Promise<PulledModel> {
    const { resize, crop, mean, std, layout } = known.preprocessing;
    const proposal = await this.proposer.proposeOnnx(bytes, known.file, {
      ...{ id: known.id, revision: known.revision, licence: known.licence, source: sourceOf(known) },
      ...{ precision: known.precision, dimension: known.dimension },
      ...{ size: crop, resize, layout, mean, std, scale: 255 },
    });
    return { model: await this.register(proposal), fresh: true };
  }
}

/** Rejects with `FILE_NOT_FOUND`, `FILE_UNREADABLE` or `MODEL_WRONG_FILE`. */
async function readCopiedFile(path: string, known: KnownModel): Promise<Buffer> {
  try {
    return await readCheckedFile(path, known);
  } catch (error) {
    if (isSystemError(error, NOT_A_FILE)) throw notRegularFile(path);
    throw isSystemError(error, 'ENOENT', 'ENOTDIR') ? fileNotFound(path) : error;
  }
}

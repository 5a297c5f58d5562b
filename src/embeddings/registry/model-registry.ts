import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isSystemError } from '../../common/index.ts';
import type { Pixels } from '../feature-extractor.port.ts';
import { isSameVariant, readManifest } from '../model-catalogue.ts';
import { modelManifest, type ModelManifest, type PreprocessingSpec } from '../model-manifest.ts';
import { assessNetwork, type AssessedNetwork, type NetworkOptions } from './assess-network.ts';
import { KNOWN_MODELS, type KnownModel } from './known-models.ts';
import { checked, type FetchOptions, type ModelFetcher } from './model-fetcher.ts';
import { isFileOf, type ModelFolder, type VariantFilter } from './model-folder.ts';
import type { NetworkTrial } from './network-trial.port.ts';
import { modelExists, modelFileNotFound, modelIdInvalid, modelNotKnown } from './registry.errors.ts';

export interface AddOptions extends NetworkOptions {
  /** The file's name, made fit, where it is left out. */
  readonly id?: string;
  readonly revision?: string;
  /** SPDX identifier. */
  readonly licence?: string;
  /** Where the file came from. */
  readonly source?: string;
}

/** A model that fits and has run on sample pictures, not yet registered. */
export interface Proposal extends Pick<AssessedNetwork, 'bytes' | 'changed' | 'batches' | 'inspection'> {
  /** But for `file`, `sha256` and `bytes`, which follow from the bytes. */
  readonly entry: Omit<ModelManifest, 'file' | 'sha256' | 'bytes'>;
}

export interface PullOptions extends FetchOptions {
  /** A file that was carried in by hand, in place of fetching. */
  readonly from?: string;
  /** Asked in place of the public addresses. */
  readonly mirror?: string;
}

export interface ListedModel {
  readonly model: ModelManifest;
  readonly bundled: boolean;
  /** Whether its file is there at its full length. */
  readonly complete: boolean;
}

export interface ModelRegistryParts {
  readonly folder: ModelFolder;
  readonly bundledDir: string;
  readonly trial: NetworkTrial;
  readonly fetcher: ModelFetcher;
  /** Two pictures to try networks on. */
  readonly samples: (spec: PreprocessingSpec) => Promise<readonly [Pixels, Pixels]>;
  readonly known?: readonly KnownModel[];
}

/** Registers models in the user's folder: published ones by name, any other from its file. */
export class ModelRegistry {
  readonly known: readonly KnownModel[];

  constructor(private readonly parts: ModelRegistryParts) {
    this.known = parts.known ?? KNOWN_MODELS;
  }

  /** The bundled models, then those of the folder. */
  async list(): Promise<ListedModel[]> {
    const { folder, bundledDir } = this.parts;
    const own = await readManifest(bundledDir, 'package');
    const listed = async (models: readonly ModelManifest[], dir: string, bundled: boolean) =>
      Promise.all(
        models.map(async (model) => ({
          model,
          bundled,
          complete: await isFileOf(join(dir, model.file), model),
        })),
      );
    return [
      ...(await listed(own ?? [], bundledDir, true)),
      ...(await listed(await folder.entries(), folder.path, false)),
    ];
  }

  /**
   * Inspects an ONNX file, cuts it at its features and runs it on sample pictures. Nothing is written.
   *
   * Rejects with `FILE_NOT_FOUND`, `MODEL_EXISTS` where the package has this very model, or what
   * `assessNetwork` rejects with.
   */
  async propose(path: string, options: AddOptions): Promise<Proposal> {
    const bytes = await readFile(path).catch((error: unknown) => {
      throw isSystemError(error, 'ENOENT', 'ENOTDIR', 'EISDIR') ? modelFileNotFound(path) : error;
    });
    return this.proposeBytes(bytes, basename(path), options);
  }

  /** Rejects with `MODEL_EXISTS` where there is another of this id, precision and format. */
  async register({ entry, bytes }: Proposal): Promise<ModelManifest> {
    return this.parts.folder.add(entry, bytes);
  }

  /**
   * Fetches a known model and registers it, unless it is there.
   *
   * Rejects with `MODEL_NOT_KNOWN`, `MODEL_NOT_FETCHED`, `FILE_NOT_FOUND`, `MODEL_WRONG_FILE`, or
   * `MODEL_EXISTS` where another model has the name.
   */
  async pull(id: string, options: PullOptions): Promise<{ model: ModelManifest; fresh: boolean }> {
    const known = this.known.find((model) => model.id === id);
    if (known === undefined) {
      throw modelNotKnown(
        id,
        this.known.map((model) => model.id),
      );
    }
    const { folder } = this.parts;
    if (options.from !== undefined) {
      const bytes = await this.carriedIn(options.from, known);
      return this.registerKnown(known, bytes);
    }
    const there = await this.registered(known);
    if (there !== undefined) return { model: there, fresh: false };
    const urls = options.mirror === undefined ? known.urls : [options.mirror];
    // Under a lock, since two that write one partial file would spoil it.
    return folder.exclusively(async () => {
      const meanwhile = await this.registered(known);
      if (meanwhile !== undefined) return { model: meanwhile, fresh: false };
      const partial = join(folder.path, `.${known.file}.partial`);
      const bytes = await this.parts.fetcher.fetch(known, urls, partial, options);
      const registered = await this.registerKnown(known, bytes);
      await rm(partial, { force: true });
      return registered;
    }, `pull-${known.id}`);
  }

  /** Rejects with `MODEL_NOT_REGISTERED` or `MODEL_AMBIGUOUS`. */
  async remove(id: string, filter: VariantFilter = {}): Promise<ModelManifest> {
    return this.parts.folder.remove(id, filter);
  }

  private async carriedIn(path: string, known: KnownModel): Promise<Buffer> {
    try {
      return await checked(path, known);
    } catch (error) {
      throw isSystemError(error, 'ENOENT', 'ENOTDIR', 'EISDIR') ? modelFileNotFound(path) : error;
    }
  }

  /**
   * The registered form of a known model, if its file is whole. Rejects with `MODEL_EXISTS` where
   * another model has its name: before anything is fetched.
   */
  private async registered(known: KnownModel): Promise<ModelManifest | undefined> {
    const { folder } = this.parts;
    const variant = { id: known.id, precision: known.precision, format: 'onnx' as const };
    const found = (await folder.entries()).find((model) => isSameVariant(model, variant));
    if (found === undefined) return undefined;
    if (found.source !== sourceOf(known)) throw modelExists(known.id, known.precision, 'registered');
    return (await folder.isComplete(found)) ? found : undefined;
  }

  private async registerKnown(
    known: KnownModel,
    bytes: Buffer,
  ): Promise<{ model: ModelManifest; fresh: boolean }> {
    const { resize, crop, mean, std, layout } = known.preprocessing;
    const proposal = await this.proposeBytes(bytes, known.file, {
      ...{ id: known.id, revision: known.revision, licence: known.licence, source: sourceOf(known) },
      ...{ precision: known.precision, dimension: known.dimension },
      ...{ size: crop, resize, layout, mean, std, scale: 255 },
    });
    return { model: await this.register(proposal), fresh: true };
  }

  private async proposeBytes(bytes: Buffer, name: string, options: AddOptions): Promise<Proposal> {
    const { trial, samples, bundledDir } = this.parts;
    const id = options.id ?? idFrom(name);
    if (!modelManifest.shape.id.safeParse(id).success) throw modelIdInvalid(id);
    const assessed = await assessNetwork(bytes, options, trial, samples);
    const { precision, input, output, layer, dimension, preprocessing } = assessed;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const entry: Proposal['entry'] = {
      ...{ id, revision: options.revision ?? '1', precision, format: 'onnx', input, output },
      ...(layer === undefined ? {} : { layer }),
      ...{ dimension, preprocessing, licence: options.licence ?? 'NOASSERTION' },
      source: options.source ?? `${name} (sha256 ${sha256})`,
    };
    const bundled = (await readManifest(bundledDir, 'package')) ?? [];
    if (bundled.some((model) => isSameVariant(model, entry))) {
      throw modelExists(id, precision, 'bundled');
    }
    return { entry, ...assessed };
  }
}

function sourceOf({ urls, file }: KnownModel): string {
  return urls[0] ?? file;
}

/** `DINOv2_small.onnx` becomes `dinov2-small`. */
function idFrom(name: string): string {
  return name
    .replace(/\.onnx$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, 64);
}

import { createHash } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isSystemError } from '../../common/index.ts';
import type { Pixels } from '../networks/feature-extractor.port.ts';
import { isSameVariant, readManifest } from '../catalogue/model-catalogue.ts';
import type { Shard } from '../catalogue/model-files.ts';
import { modelManifest, type ModelManifest, type PreprocessingSpec } from '../catalogue/model-manifest.ts';
import { assessNetwork } from './assess-onnx.ts';
import { assessTfjs } from './assess-tfjs.ts';
import type { AssessedNetwork, NetworkOptions } from './assessed-network.ts';
import { KNOWN_MODELS, type KnownModel } from './known-models.ts';
import { checked, type FetchOptions, type ModelFetcher } from './model-fetcher.ts';
import { isComplete, type ModelFolder, type VariantFilter } from './model-folder.ts';
import type { NetworkTrial } from './trial/network-trial.port.ts';
import { modelExists, modelFileNotFound, modelIdInvalid, modelNotKnown } from './registry.errors.ts';
import { formatOf, readModelJson, shardNamesOf } from './tfjs/model-json.ts';

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
export interface Proposal extends Pick<
  AssessedNetwork,
  'bytes' | 'shards' | 'changed' | 'batches' | 'inspection'
> {
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
  /** Whether its files are there at their full length. */
  readonly complete: boolean;
}

export interface ModelRegistryParts {
  readonly folder: ModelFolder;
  readonly bundledDir: string;
  /** Of ONNX files. */
  readonly trial: NetworkTrial;
  readonly tfjsTrial: NetworkTrial;
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
          complete: await isComplete(dir, model),
        })),
      );
    return [
      ...(await listed(own ?? [], bundledDir, true)),
      ...(await listed(await folder.entries(), folder.path, false)),
    ];
  }

  /**
   * Inspects an ONNX file, or the `model.json` of a TensorFlow.js model (or its folder), finds its
   * features and runs it on sample pictures. Nothing is written.
   *
   * Rejects with `FILE_NOT_FOUND`, `MODEL_EXISTS` where the package has this very model, or what
   * `assessNetwork` and `assessTfjs` reject with.
   */
  async propose(path: string, options: AddOptions): Promise<Proposal> {
    const file = (await isFolder(path)) ? join(path, 'model.json') : path;
    const bytes = await readGiven(file);
    return file.endsWith('.json')
      ? this.proposeTfjs(bytes, file, options)
      : this.proposeOnnx(bytes, basename(file), options);
  }

  /** Rejects with `MODEL_EXISTS` where there is another of this id, precision and format. */
  async register({ entry, bytes, shards }: Proposal): Promise<ModelManifest> {
    return this.parts.folder.add(entry, bytes, shards);
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

  /** Rejects with `MODEL_NOT_REGISTERED`, `MODEL_AMBIGUOUS`, or what `mayRemove` rejects with, which is asked before. */
  async remove(
    id: string,
    filter: VariantFilter = {},
    mayRemove?: (model: ModelManifest) => Promise<void>,
  ): Promise<ModelManifest> {
    return this.parts.folder.remove(id, filter, mayRemove);
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
    if (found.source !== sourceOf(known)) throw modelExists(variant, 'registered');
    return (await folder.isComplete(found)) ? found : undefined;
  }

  private async registerKnown(
    known: KnownModel,
    bytes: Buffer,
  ): Promise<{ model: ModelManifest; fresh: boolean }> {
    const { resize, crop, mean, std, layout } = known.preprocessing;
    const proposal = await this.proposeOnnx(bytes, known.file, {
      ...{ id: known.id, revision: known.revision, licence: known.licence, source: sourceOf(known) },
      ...{ precision: known.precision, dimension: known.dimension },
      ...{ size: crop, resize, layout, mean, std, scale: 255 },
    });
    return { model: await this.register(proposal), fresh: true };
  }

  private async proposeOnnx(bytes: Buffer, name: string, options: AddOptions): Promise<Proposal> {
    const { trial, samples } = this.parts;
    const id = idOf(name.replace(/\.onnx$/i, ''), options);
    const assessed = await assessNetwork(bytes, options, trial, samples);
    const source = `${name} (sha256 ${sha256Of(bytes)})`;
    return this.proposal(assessed, { id, format: 'onnx', source }, options);
  }

  private async proposeTfjs(modelJson: Buffer, file: string, options: AddOptions): Promise<Proposal> {
    const { tfjsTrial, samples } = this.parts;
    const folder = dirname(file);
    const id = idOf(basename(folder), options);
    const json = readModelJson(modelJson);
    const shards: Shard[] = [];
    for (const name of shardNamesOf(json)) shards.push({ name, bytes: await readGiven(join(folder, name)) });
    const assessed = await assessTfjs(modelJson, shards, options, tfjsTrial, samples);
    const sha256 = sha256Of(modelJson, ...shards.map(({ bytes }) => bytes));
    const source = `${basename(folder)}/${basename(file)} (sha256 ${sha256})`;
    return this.proposal(assessed, { id, format: formatOf(json), source }, options);
  }

  private async proposal(
    assessed: AssessedNetwork,
    { id, format, source }: Pick<ModelManifest, 'id' | 'format' | 'source'>,
    options: AddOptions,
  ): Promise<Proposal> {
    const { precision, input, output, layer, dimension, preprocessing } = assessed;
    const entry: Proposal['entry'] = {
      ...{ id, revision: options.revision ?? '1', precision, format, input, output },
      ...(layer === undefined ? {} : { layer }),
      ...{ dimension, preprocessing, licence: options.licence ?? 'NOASSERTION' },
      source: options.source ?? source,
    };
    const bundled = (await readManifest(this.parts.bundledDir, 'package')) ?? [];
    if (bundled.some((model) => isSameVariant(model, entry))) throw modelExists(entry, 'bundled');
    return { entry, ...assessed };
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/** Rejects with `FILE_NOT_FOUND`. */
async function readGiven(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw isSystemError(error, 'ENOENT', 'ENOTDIR', 'EISDIR') ? modelFileNotFound(path) : error;
  });
}

function sha256Of(...parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

function sourceOf({ urls, file }: KnownModel): string {
  return urls[0] ?? file;
}

/** As given, or `DINOv2_small` made fit: `dinov2-small`. Throws `MODEL_ID_INVALID`. */
function idOf(name: string, options: Pick<AddOptions, 'id'>): string {
  const fit = name
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, 64);
  const id = options.id ?? fit;
  if (!modelManifest.shape.id.safeParse(id).success) throw modelIdInvalid(id);
  return id;
}

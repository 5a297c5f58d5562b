import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isSystemError, messageOf } from '../../common/index.ts';
import { BUNDLED_MODELS_DIR } from '../embeddings.config.ts';
import {
  modelManifestInvalid,
  modelUnknown,
  variantUnknown,
  type ModelsOwner,
} from '../embeddings.errors.ts';
import { NAMED_SPECS, parseModelSpec } from '../models/model-spec.ts';
import {
  manifestFile,
  MODEL_FORMATS,
  PRECISIONS,
  type ModelFormat,
  type ModelManifest,
  type Precision,
} from './model-manifest.ts';

/** Narrows the variants of a network; whatever is omitted may be anything. */
export interface VariantChoice {
  readonly format?: ModelFormat;
  readonly precision?: Precision;
}

/**
 * The available networks: those of the package and those registered in the user's folder. Several may
 * share an id. They are the variants of one network and differ in format or precision.
 */
export class ModelCatalogue {
  /** The bundled ones first. */
  readonly models: readonly ModelManifest[];
  private readonly folders: ReadonlyMap<ModelManifest, string>;
  private readonly bundled: ReadonlySet<ModelManifest>;

  private constructor(sources: readonly { folder: string; models: readonly ModelManifest[] }[]) {
    this.models = sources.flatMap(({ models }) => models);
    this.folders = new Map(
      sources.flatMap(({ folder, models }) => models.map((model) => [model, folder] as const)),
    );
    this.bundled = new Set(sources[0]?.models);
  }

  /**
   * Reads both manifests; the user's need not exist.
   *
   * Rejects with `MODEL_MANIFEST_INVALID`, also if the user's manifest contains a variant that is bundled.
   */
  static async read(userDir?: string, bundledDir: string = BUNDLED_MODELS_DIR): Promise<ModelCatalogue> {
    const bundled = await getManifest(bundledDir, 'package');
    const sources = [{ folder: bundledDir, models: bundled }];
    // Setting MODELS_DIR to the package's own folder means that no other models are registered.
    if (userDir !== undefined && resolve(userDir) !== resolve(bundledDir)) {
      const models = (await findManifest(userDir, 'user')) ?? [];
      const taken = models.find((model) => bundled.some((other) => isSameVariant(model, other)));
      if (taken !== undefined) {
        throw modelManifestInvalid(`${variantName(taken)} already comes with the package`, 'user');
      }
      sources.push({ folder: userDir, models });
    }
    return new ModelCatalogue(sources);
  }

  /** From the content of a single manifest. Throws `MODEL_MANIFEST_INVALID`. */
  static of(json: unknown, folder: string = BUNDLED_MODELS_DIR): ModelCatalogue {
    return new ModelCatalogue([{ folder, models: parseManifest(json, 'package') }]);
  }

  /**
   * All variants of one network, in order of preference: ONNX before TensorFlow.js, int8 before
   * float32. Empty if there is no such network.
   */
  findVariants(id: string): ModelManifest[] {
    const rank = ({ format, precision }: ModelManifest) =>
      MODEL_FORMATS.indexOf(format) * PRECISIONS.length + PRECISIONS.indexOf(precision);
    return this.models.filter((model) => model.id === id).sort((a, b) => rank(a) - rank(b));
  }

  /** As `findVariants`, but throws `MODEL_UNKNOWN`, which lists the available models, instead of being empty. */
  getVariants(id: string): ModelManifest[] {
    const variants = this.findVariants(id);
    if (variants.length === 0) throw modelUnknown(id, this.availableNames());
    return variants;
  }

  /** The preferred variant among those that fit. Throws `MODEL_UNKNOWN`, which lists what is available. */
  getVariant(id: string, { format, precision }: VariantChoice = {}): ModelManifest {
    const variants = this.getVariants(id);
    const found = variants.find(
      (model) =>
        (format === undefined || model.format === format) &&
        (precision === undefined || model.precision === precision),
    );
    if (found === undefined) throw variantUnknown(id, { format, precision }, variants.map(variantName));
    return found;
  }

  /** Names of models whose networks are all available, then the ids of the networks. */
  private availableNames(): string[] {
    const ids = new Set(this.models.map((model) => model.id));
    const names = Object.keys(NAMED_SPECS).filter((name) =>
      parseModelSpec(name).networks.every((network) => ids.has(network.id)),
    );
    return [...names, ...ids];
  }

  /** Absolute path of the folder to which the manifest's `file` is relative. */
  folderOf(model: ModelManifest): string {
    const folder = this.folders.get(model);
    if (folder === undefined) throw new Error(`${variantName(model)} is not in this catalogue`);
    return folder;
  }

  /** Whether it comes with the package. */
  isBundled(model: ModelManifest): boolean {
    return this.bundled.has(model);
  }
}

type Variant = Pick<ModelManifest, 'id' | 'format' | 'precision'> & Partial<ModelManifest>;

/** `id (format, precision)`, which no other variant has. */
export function variantName({ id, format, precision }: Variant): string {
  return `${id} (${format}, ${precision})`;
}

export function isSameVariant(a: Variant, b: Variant): boolean {
  return a.id === b.id && a.format === b.format && a.precision === b.precision;
}

/** The entries of a folder's `manifest.json`; undefined if it has none. Rejects with `MODEL_MANIFEST_INVALID`. */
export async function findManifest(folder: string, owner: ModelsOwner): Promise<ModelManifest[] | undefined> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw modelManifestInvalid(messageOf(error), owner);
  }
  return parseManifest(json, owner);
}

/** The entries of a folder's `manifest.json`. Rejects with `MODEL_MANIFEST_INVALID`, also if it has none. */
export async function getManifest(folder: string, owner: ModelsOwner): Promise<ModelManifest[]> {
  const models = await findManifest(folder, owner);
  if (models === undefined) throw modelManifestInvalid('the file is missing', owner);
  return models;
}

/** Throws `MODEL_MANIFEST_INVALID`. */
function parseManifest(json: unknown, owner: ModelsOwner): ModelManifest[] {
  const parsed = manifestFile.safeParse(json);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) =>
      path.length === 0 ? message : `${path.join('.')}: ${message}`,
    );
    throw modelManifestInvalid(problems.join('; '), owner);
  }
  const { models } = parsed.data;
  const twice = models.find((model, at) => models.findIndex((other) => isSameVariant(model, other)) !== at);
  if (twice !== undefined) throw modelManifestInvalid(`${variantName(twice)} is listed twice`, owner);
  return models;
}

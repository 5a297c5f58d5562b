import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isSystemError, messageOf } from '../../common/index.ts';
import { BUNDLED_MODELS_DIR } from '../embeddings.config.ts';
import { modelManifestInvalid, modelUnknown, variantUnknown } from '../embeddings.errors.ts';
import {
  manifestFile,
  MODEL_FORMATS,
  PRECISIONS,
  type ModelFormat,
  type ModelManifest,
  type Precision,
} from './model-manifest.ts';

/** Which of the variants of a network; what is left out is free. */
export interface VariantChoice {
  readonly format?: ModelFormat;
  readonly precision?: Precision;
}

/**
 * The networks that there are: the package's own, and those registered in the user's folder. Several
 * may share an id: the variants of one network, which differ in format or precision.
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
   * Reads both manifests; the user's may be absent.
   *
   * Rejects with `MODEL_MANIFEST_INVALID`, also where the user's takes the name of a bundled variant.
   */
  static async read(userDir?: string, bundledDir: string = BUNDLED_MODELS_DIR): Promise<ModelCatalogue> {
    const bundled = await readManifest(bundledDir, 'package');
    if (bundled === undefined) throw modelManifestInvalid('the file is missing', 'package');
    const sources = [{ folder: bundledDir, models: bundled }];
    // Whoever set MODELS_DIR to the package's own folder means just that.
    if (userDir !== undefined && resolve(userDir) !== resolve(bundledDir)) {
      const models = (await readManifest(userDir)) ?? [];
      const taken = models.find((model) => bundled.some((other) => isSameVariant(model, other)));
      if (taken !== undefined) {
        throw modelManifestInvalid(`the package has a model ${variantName(taken)} itself`, 'user');
      }
      sources.push({ folder: userDir, models });
    }
    return new ModelCatalogue(sources);
  }

  /** From the content of one manifest. Throws `MODEL_MANIFEST_INVALID`. */
  static of(json: unknown, folder: string = BUNDLED_MODELS_DIR): ModelCatalogue {
    return new ModelCatalogue([{ folder, models: parseManifest(json, 'package') }]);
  }

  /** All of one network, the preferred first: ONNX before TensorFlow.js, int8 before float. Empty where it is unknown. */
  variants(id: string): ModelManifest[] {
    const rank = ({ format, precision }: ModelManifest) =>
      MODEL_FORMATS.indexOf(format) * PRECISIONS.length + PRECISIONS.indexOf(precision);
    return this.models.filter((model) => model.id === id).sort((a, b) => rank(a) - rank(b));
  }

  /** The preferred variant of those that fit. Throws `MODEL_UNKNOWN`, which lists what there is. */
  get(id: string, { format, precision }: VariantChoice = {}): ModelManifest {
    const variants = this.variants(id);
    if (variants.length === 0) throw modelUnknown(id, [...new Set(this.models.map((model) => model.id))]);
    const found = variants.find(
      (model) =>
        (format === undefined || model.format === format) &&
        (precision === undefined || model.precision === precision),
    );
    if (found === undefined) throw variantUnknown(id, { format, precision }, variants.map(variantName));
    return found;
  }

  /** Absolute path of the folder that the model's `file` is relative to. */
  folderOf(model: ModelManifest): string {
    const folder = this.folders.get(model);
    if (folder === undefined) throw new Error(`${variantName(model)} is not of this catalogue`);
    return folder;
  }

  /** Whether it comes with the package. */
  isBundled(model: ModelManifest): boolean {
    return this.bundled.has(model);
  }
}

type Variant = Pick<ModelManifest, 'id' | 'format' | 'precision'> & Partial<ModelManifest>;

/** `id (format, precision)`: what tells a variant from the others. */
export function variantName({ id, format, precision }: Variant): string {
  return `${id} (${format}, ${precision})`;
}

export function isSameVariant(a: Variant, b: Variant): boolean {
  return a.id === b.id && a.format === b.format && a.precision === b.precision;
}

/** The entries of a folder's `manifest.json`; undefined where there is none. Rejects with `MODEL_MANIFEST_INVALID`. */
export async function readManifest(
  folder: string,
  whose: 'package' | 'user' = 'user',
): Promise<ModelManifest[] | undefined> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw modelManifestInvalid(messageOf(error), whose);
  }
  return parseManifest(json, whose);
}

/** Throws `MODEL_MANIFEST_INVALID`. */
function parseManifest(json: unknown, whose: 'package' | 'user'): ModelManifest[] {
  const parsed = manifestFile.safeParse(json);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
    throw modelManifestInvalid(problems.join('; '), whose);
  }
  const { models } = parsed.data;
  const twice = models.find((model, at) => models.findIndex((other) => isSameVariant(model, other)) !== at);
  if (twice !== undefined) throw modelManifestInvalid(`${variantName(twice)} is listed twice`, whose);
  return models;
}

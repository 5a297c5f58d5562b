import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError, messageOf } from '../common/index.ts';
import { modelManifestInvalid, modelUnknown } from './embeddings.errors.ts';
import { manifestFile, type ModelManifest } from './model-manifest.ts';

/** The models that there are: what `manifest.json` of the models folder lists. */
export class ModelCatalogue {
  readonly models: readonly ModelManifest[];

  private constructor(models: readonly ModelManifest[]) {
    this.models = models;
  }

  /** Reads the manifest. Rejects with `MODEL_MANIFEST_INVALID`. */
  static async read(modelsDir: string): Promise<ModelCatalogue> {
    let json: unknown;
    try {
      json = JSON.parse(await readFile(join(modelsDir, 'manifest.json'), 'utf8'));
    } catch (error) {
      throw modelManifestInvalid(isSystemError(error, 'ENOENT') ? 'the file is missing' : messageOf(error));
    }
    return ModelCatalogue.of(json);
  }

  /** From the content of a manifest. Throws `MODEL_MANIFEST_INVALID`. */
  static of(json: unknown): ModelCatalogue {
    const parsed = manifestFile.safeParse(json);
    if (!parsed.success) {
      const problems = parsed.error.issues.map(
        ({ path, message }) => `${path.join('.') || 'it'}: ${message}`,
      );
      throw modelManifestInvalid(problems.join('; '));
    }
    const { models } = parsed.data;
    const twice = models.find(({ id }, at) => models.findIndex((other) => other.id === id) !== at);
    if (twice !== undefined) throw modelManifestInvalid(`two models have the id "${twice.id}"`);
    return new ModelCatalogue(models);
  }

  /** Throws `MODEL_UNKNOWN`, which lists the known ones. */
  get(id: string): ModelManifest {
    const found = this.models.find((model) => model.id === id);
    if (found === undefined) {
      throw modelUnknown(
        id,
        this.models.map((model) => model.id),
      );
    }
    return found;
  }
}

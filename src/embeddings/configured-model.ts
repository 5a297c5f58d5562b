import { readModelFile } from './model-file.ts';
import type { ModelCatalogue } from './model-catalogue.ts';
import type { ModelManifest } from './model-manifest.ts';

/** The model that the configuration names. */
export class ConfiguredModel {
  readonly manifest: ModelManifest;

  constructor(manifest: ModelManifest) {
    this.manifest = manifest;
  }

  /**
   * Finds the model and checks its file, so that a start and not a query tells what is wrong.
   *
   * Rejects with `MODEL_UNKNOWN`, `MODEL_FILE_MISSING` or `MODEL_FILE_DAMAGED`.
   */
  static async choose(catalogue: ModelCatalogue, id: string, modelsDir: string): Promise<ConfiguredModel> {
    const manifest = catalogue.get(id);
    await readModelFile(modelsDir, manifest);
    return new ConfiguredModel(manifest);
  }
}

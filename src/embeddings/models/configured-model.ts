import type { EmbeddingModels } from './embedding-models.ts';
import type { ModelSpec } from './model-spec.ts';

/** The model that the configuration names: what new indexes are made with. */
export class ConfiguredModel {
  readonly spec: ModelSpec;

  constructor(spec: ModelSpec) {
    this.spec = spec;
  }

  /**
   * Finds the model and checks its files, so that a start and not a query tells what is wrong.
   *
   * Rejects with `MODEL_SPEC_INVALID`, `MODEL_UNKNOWN`, `MODEL_FILE_MISSING` or `MODEL_FILE_DAMAGED`.
   */
  static async choose(models: EmbeddingModels, text: string): Promise<ConfiguredModel> {
    const spec = models.check(text);
    await models.checkFiles(models.current(spec));
    return new ConfiguredModel(spec);
  }
}

import type { EmbeddingModel } from './embedding-model.ts';
import type { EmbeddingModels } from './embedding-models.ts';
import type { ModelSpec } from './model-spec.ts';

/** The model named by EMBEDDING_MODEL, which new indexes use by default. */
export class ConfiguredModel {
  readonly spec: ModelSpec;
  private readonly models: EmbeddingModels;

  constructor(models: EmbeddingModels, spec: ModelSpec) {
    this.models = models;
    this.spec = spec;
  }

  /**
   * Finds the model and checks its files, so that mistakes are reported at start-up and not by a query.
   *
   * Rejects with `MODEL_SPEC_INVALID`, `MODEL_UNKNOWN`, `MODEL_FILE_MISSING` or `MODEL_FILE_DAMAGED`.
   */
  static async choose(models: EmbeddingModels, text: string): Promise<ConfiguredModel> {
    await models.reloadPrecisions();
    const spec = models.checkSpec(text);
    await models.verifyModel(models.currentModel(spec));
    return new ConfiguredModel(models, spec);
  }

  /** The model without its projection. Its precision may change once, when the first index is built. */
  get model(): EmbeddingModel {
    return this.models.currentModel(this.spec);
  }
}

import { Injectable } from '@nestjs/common';
import { DatabaseConfig } from '../../database/index.ts';
import { BUNDLED_MODELS_DIR, EmbeddingsConfig, userModelsDir } from '../embeddings.config.ts';

/** The folders that hold networks and a `manifest.json` each; absolute paths. */
@Injectable()
export class ModelLocations {
  /** Comes with the package. */
  readonly bundled: string = BUNDLED_MODELS_DIR;
  /** Where `models pull` and `models add` put networks; need not exist. */
  readonly user: string;

  constructor(config: EmbeddingsConfig, database: DatabaseConfig) {
    this.user = userModelsDir(config, database);
  }
}

import { Injectable } from '@nestjs/common';
import { ModelCatalogue } from './model-catalogue.ts';
import { readModelFiles, readTextFiles } from './model-files.ts';
import type { ModelManifest } from './model-manifest.ts';

/** Checks model files against their manifests before they are needed, each only once. */
@Injectable()
export class ModelFileVerifier {
  private readonly intact = new Set<string>();

  constructor(private readonly catalogue: ModelCatalogue) {}

  /** Rejects with `MODEL_FILE_MISSING` or `MODEL_FILE_DAMAGED`. */
  async verifyFiles(manifest: ModelManifest): Promise<void> {
    const folder = this.catalogue.folderOf(manifest);
    const { sha256, text } = manifest;
    if (!this.intact.has(sha256)) {
      await readModelFiles(folder, manifest);
      this.intact.add(sha256);
    }
    if (text !== undefined && !this.intact.has(text.sha256 + text.tokenizer.sha256)) {
      await readTextFiles(folder, text);
      this.intact.add(text.sha256 + text.tokenizer.sha256);
    }
  }
}

import { Injectable } from '@nestjs/common';
import { ModelCatalogue } from './model-catalogue.ts';
import { readModelFiles } from './model-files.ts';
import type { ModelManifest } from './model-manifest.ts';

/** Checks model files against their manifests before they are needed, each only once. */
@Injectable()
export class ModelFileVerifier {
  private readonly intact = new Set<string>();

  constructor(private readonly catalogue: ModelCatalogue) {}

  /** Rejects with `MODEL_FILE_MISSING` or `MODEL_FILE_DAMAGED`. */
  async verifyFiles(manifest: ModelManifest): Promise<void> {
    if (this.intact.has(manifest.sha256)) return;
    await readModelFiles(this.catalogue.folderOf(manifest), manifest);
    this.intact.add(manifest.sha256);
  }
}

import type { DatasetSource } from './dataset-source.port.ts';
import { DatasetSources, type SourceSpec } from './dataset-sources.port.ts';
import { AnnotationsSource } from './annotations.source.ts';
import { DirectorySource } from './directory.source.ts';

/** All the kinds of source there are. A new one is an adapter, a member of `SourceSpec` and a line here. */
export class AllDatasetSources extends DatasetSources {
  override open(spec: SourceSpec): DatasetSource {
    switch (spec.kind) {
      case 'annotations':
        return new AnnotationsSource(spec);
      case 'directory':
        return new DirectorySource(spec.path);
    }
  }
}

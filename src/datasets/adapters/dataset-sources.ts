import type { DatasetSource } from '../dataset-source.port.ts';
import { DatasetSources, type SourceSpec } from '../dataset-sources.port.ts';
import { DirectorySource } from './directory.source.ts';
import { ImaterialistSource } from './imaterialist.source.ts';

/** All the kinds of source there are. A new one is an adapter, a member of `SourceSpec` and a line here. */
export class AllDatasetSources extends DatasetSources {
  override open(spec: SourceSpec): DatasetSource {
    switch (spec.kind) {
      case 'imaterialist':
        return new ImaterialistSource(spec);
      case 'directory':
        return new DirectorySource(spec.path);
    }
  }
}

import type { PreprocessingSpec } from '../catalogue/model-manifest.ts';
import type { Network } from '../networks/network.ts';

/** The ways in which a picture is prepared for some networks: fewer than networks where two see the same pixels. */
export function viewsOf(networks: readonly Network[]): {
  readonly views: readonly PreprocessingSpec[];
  /** For each network the position of its view. */
  readonly viewOf: readonly number[];
} {
  const seeing: Network[] = [];
  const viewOf = networks.map((network) => {
    const found = seeing.findIndex((other) => other.seesAs(network));
    return found >= 0 ? found : seeing.push(network) - 1;
  });
  return { views: seeing.map(({ manifest }) => manifest.preprocessing), viewOf };
}

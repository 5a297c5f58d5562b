import type { PreprocessingSpec } from '../catalogue/model-manifest.ts';
import type { Network } from '../networks/network.ts';

/** The ways in which a picture must be prepared for some networks: one for all that see the same pixels. */
export function sharedPreprocessing(networks: readonly Network[]): {
  readonly specs: readonly PreprocessingSpec[];
  /** For each network, the position of its spec. */
  readonly specOf: readonly number[];
} {
  const distinct: Network[] = [];
  const specOf = networks.map((network) => {
    const found = distinct.findIndex((other) => other.sharesPixelsWith(network));
    return found >= 0 ? found : distinct.push(network) - 1;
  });
  return { specs: distinct.map(({ manifest }) => manifest.preprocessing), specOf };
}

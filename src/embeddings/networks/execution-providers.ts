import type { ExecutionProvider } from '../embeddings.config.ts';

/**
 * What ONNX Runtime computes with on this machine: the providers of `EMBEDDING_PROVIDERS` that work, in order of
 * preference. Every session is created with them.
 */
export abstract class ExecutionProviders {
  /** At least one. */
  abstract readonly names: readonly ExecutionProvider[];
}

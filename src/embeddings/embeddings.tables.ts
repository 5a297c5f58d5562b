import type { Generated } from 'kysely';

export interface EmbeddingsTables {
  /** What has been computed: a picture under a model is never run through the network twice. */
  embeddings: {
    id: Generated<number>;
    /** Of the picture's file. */
    sha256: string;
    /** `ModelIdentity.key` */
    model: string;
    /** Unit length; float32, little-endian. */
    vector: Uint8Array;
  };
}

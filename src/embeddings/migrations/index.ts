import type { Migrations } from '../../database/index.ts';
import { createEmbeddings } from './0003-embeddings.ts';

export const embeddingsMigrations: Migrations = { '0003-embeddings': createEmbeddings };

import type { Migrations } from '../../database/index.ts';
import { createEmbeddings } from './0003-embeddings.ts';
import { createProjections } from './0008-projections.ts';

export const embeddingsMigrations: Migrations = {
  '0003-embeddings': createEmbeddings,
  '0008-projections': createProjections,
};

import type { Migrations } from '../../database/index.ts';
import { createSearch } from './0004-search.ts';

export const searchMigrations: Migrations = { '0004-search': createSearch };

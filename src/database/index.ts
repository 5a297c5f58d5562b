export { DatabaseConfig } from './database.config.ts';
export { DatabaseModule } from './database.module.ts';
export { Database } from './database.ts';
export { migrate, type Migrations } from './migrate.ts';

import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { DatabaseConfig } from './database.config.ts';
import { Database } from './database.ts';
import { migrate, type Migrations } from './migrate.ts';

/** Opens the one database, with the tables of all installed apps. */
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly database: Database) {}

  static forRoot(migrations: readonly Migrations[]): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        {
          provide: Database,
          inject: [DatabaseConfig],
          useFactory: async (config: DatabaseConfig) => {
            const database = Database.open(config.LOOKALIKE_DATA_DIR);
            await migrate(database, ...migrations);
            return database;
          },
        },
      ],
      exports: [Database],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}

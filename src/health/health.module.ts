import { Global, Module } from '@nestjs/common';
import { Database } from '../database/index.ts';
import { HealthController } from './health.controller.ts';
import { HealthService } from './health.service.ts';

@Global()
@Module({ controllers: [HealthController], providers: [HealthService], exports: [HealthService] })
export class HealthModule {
  constructor(health: HealthService, database: Database) {
    health.register('database', () => database.ping());
  }
}

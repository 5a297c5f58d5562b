import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { Database } from '../database/index.ts';
import { JobClaims } from './job-claims.ts';
import { JobHandlers } from './job-handlers.ts';
import { JobQueue } from './job-queue.ts';
import { JobRepository } from './job.repository.ts';
import { JobRunner } from './job-runner.ts';
import { JobFailuresController } from './api/job-failures.controller.ts';
import { JobsResolver } from './api/jobs.resolver.ts';
import { ProcessPresence } from './process-presence.ts';

@Module({
  controllers: [JobFailuresController],
  providers: [
    JobClaims,
    JobHandlers,
    JobQueue,
    JobRepository,
    JobRunner,
    JobsResolver,
    {
      provide: ProcessPresence,
      inject: [Database],
      useFactory: (database: Database) => new ProcessPresence(join(database.dataDir, 'processes')),
    },
  ],
  exports: [JobHandlers, JobQueue, JobRunner],
})
export class JobsModule {}

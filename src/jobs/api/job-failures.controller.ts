import { Readable } from 'node:stream';
import { Controller, Get, Param, StreamableFile } from '@nestjs/common';
import { csvLine, idOf } from '../../common/index.ts';
import { JobQueue } from '../job-queue.ts';
import { jobNotFound } from '../jobs.errors.ts';

/** How many failures are read at a time. */
const PAGE = 1_000;

@Controller('jobs')
export class JobFailuresController {
  constructor(private readonly queue: JobQueue) {}

  /** All that a job could not process, as a CSV file: item, code, message. */
  @Get(':job/failures.csv')
  async csv(@Param('job') id: string): Promise<StreamableFile> {
    const job = await this.queue.get(idOf('Job', id, jobNotFound));
    return new StreamableFile(Readable.from(this.lines(job.id)), {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="job-${job.id}-failures.csv"`,
    });
  }

  private async *lines(jobId: number): AsyncGenerator<string> {
    yield csvLine(['item', 'code', 'message']);
    let after: number | undefined;
    for (;;) {
      const page = await this.queue.failures(jobId, { limit: PAGE, after });
      yield page.map(({ item, code, message }) => csvLine([item, code, message])).join('');
      after = page.at(-1)?.id;
      if (page.length < PAGE) return;
    }
  }
}

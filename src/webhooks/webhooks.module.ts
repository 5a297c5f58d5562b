import { Module } from '@nestjs/common';
import { DatasetsModule } from '../datasets/index.ts';
import { DownloadsModule } from '../downloads/index.ts';
import { JobsModule } from '../jobs/index.ts';
import { Webhook } from './webhook.ts';
import { WebhookRepository } from './webhook.repository.ts';

@Module({
  imports: [DatasetsModule, DownloadsModule, JobsModule],
  providers: [Webhook, WebhookRepository],
  exports: [Webhook],
})
export class WebhooksModule {}

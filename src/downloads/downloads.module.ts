import { Module, type OnModuleDestroy } from '@nestjs/common';
import { Downloader } from './downloader.ts';
import { DownloadsConfig } from './downloads.config.ts';

@Module({
  providers: [
    {
      provide: Downloader,
      inject: [DownloadsConfig],
      useFactory: (config: DownloadsConfig) => new Downloader(config),
    },
  ],
  exports: [Downloader],
})
export class DownloadsModule implements OnModuleDestroy {
  constructor(private readonly downloader: Downloader) {}

  async onModuleDestroy(): Promise<void> {
    await this.downloader.close();
  }
}

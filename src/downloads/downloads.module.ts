import { Module, type OnModuleDestroy } from '@nestjs/common';
import { Downloader } from './downloader.ts';
import { DownloadsConfig } from './downloads.config.ts';
import { S3Objects } from './objects/s3-objects.ts';
import { S3Config } from './s3.config.ts';
import { SourceDownloader } from './source-downloader.ts';

@Module({
  providers: [
    {
      provide: Downloader,
      inject: [DownloadsConfig],
      useFactory: (config: DownloadsConfig) => new Downloader(config),
    },
    {
      provide: S3Objects,
      inject: [S3Config, DownloadsConfig],
      useFactory: (s3: S3Config, downloads: DownloadsConfig) => new S3Objects(s3, downloads),
    },
    {
      provide: SourceDownloader,
      inject: [Downloader, S3Objects],
      useFactory: (downloader: Downloader, objects: S3Objects) => new SourceDownloader(downloader, objects),
    },
  ],
  exports: [Downloader, S3Objects, SourceDownloader],
})
export class DownloadsModule implements OnModuleDestroy {
  constructor(
    private readonly downloader: Downloader,
    private readonly objects: S3Objects,
  ) {}

  async onModuleDestroy(): Promise<void> {
    await this.downloader.close();
    await this.objects.close();
  }
}

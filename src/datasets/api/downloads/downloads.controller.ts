import { Readable } from 'node:stream';
import { Controller, Get, Param, StreamableFile } from '@nestjs/common';
import { DatasetsService } from '../../catalogue/datasets.service.ts';
import { DownloadsService } from '../../ledger/downloads.service.ts';

@Controller('datasets')
export class DownloadsController {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly downloads: DownloadsService,
  ) {}

  /** The whole download ledger of a dataset as a CSV file. */
  @Get(':dataset/downloads.csv')
  async csv(@Param('dataset') idOrName: string): Promise<StreamableFile> {
    const dataset = await this.datasets.resolve(idOrName);
    return new StreamableFile(Readable.from(this.downloads.csv(dataset.id)), {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="${dataset.name}-downloads.csv"`,
    });
  }
}

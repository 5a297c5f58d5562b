import { Readable } from 'node:stream';
import { Controller, Get, Param, StreamableFile } from '@nestjs/common';
import { idOf } from '../../common/index.ts';
import { DatasetsService } from '../catalogue/datasets.service.ts';
import { datasetNotFound } from '../datasets.errors.ts';
import { DownloadsService } from '../ledger/downloads.service.ts';

@Controller('datasets')
export class DownloadsController {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly downloads: DownloadsService,
  ) {}

  /** The whole download ledger of a dataset as a CSV file. */
  @Get(':id/downloads.csv')
  async csv(@Param('id') id: string): Promise<StreamableFile> {
    const dataset = await this.datasets.get(idOf('Dataset', id, datasetNotFound));
    return new StreamableFile(Readable.from(this.downloads.csv(dataset.id)), {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="${dataset.name}-downloads.csv"`,
    });
  }
}

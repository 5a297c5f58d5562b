import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { DatasetsService } from '../../../datasets/index.ts';
import { MapsService } from '../../map/maps.service.ts';

/** Serves the points of maps. An address with their version can be cached. */
@Controller('datasets')
export class MapsController {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly maps: MapsService,
  ) {}

  @Get(':dataset/map')
  async points(
    @Param('dataset') dataset: string,
    @Query('v') version: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { id } = await this.datasets.resolve(dataset);
    const current = await this.maps.versionOf(id);
    const tag = `"${current}"`;
    response.setHeader('ETag', tag);
    response.setHeader(
      'Cache-Control',
      version === current ? 'private, max-age=31536000, immutable' : 'no-cache',
    );
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (request.headers['if-none-match']?.includes(tag) === true) {
      response.status(304).end();
      return;
    }
    const { version: sent, file } = await this.maps.pointsOf(id);
    response.setHeader('ETag', `"${sent}"`);
    response.setHeader('Content-Type', 'application/octet-stream');
    response.setHeader('Content-Length', file.length);
    if (request.method === 'HEAD') response.end();
    else response.end(file);
  }
}

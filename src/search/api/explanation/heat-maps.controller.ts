import { Controller, Get, Param, Res } from '@nestjs/common';
import type { Response } from 'express';
import { HeatMaps } from '../../explanation/heat-maps.ts';

/** Serves heat maps to whoever knows their ids. They may be cached until they expire. */
@Controller('heat-maps')
export class HeatMapsController {
  constructor(private readonly maps: HeatMaps) {}

  @Get(':id')
  heatMap(@Param('id') id: string, @Res() response: Response): void {
    const { bytes, expiresAt } = this.maps.get(id);
    const secondsLeft = Math.max(0, Math.floor((expiresAt.getTime() - Date.now()) / 1000));
    response.setHeader('Cache-Control', `private, max-age=${secondsLeft}, immutable`);
    response.setHeader('Content-Type', 'image/webp');
    response.setHeader('Content-Disposition', 'inline');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    // The id is a secret, which the address of a page with the picture should not give away.
    response.setHeader('Referrer-Policy', 'no-referrer');
    response.setHeader('Content-Length', bytes.length).end(bytes);
  }
}

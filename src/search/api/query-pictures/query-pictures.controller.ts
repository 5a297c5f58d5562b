import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { PictureFile } from '../../query-pictures/picture-files.port.ts';
import { QueryPictures } from '../../query-pictures/query-pictures.service.ts';
import { queryPictureKey } from './query-picture.type.ts';

/** Serves query pictures to whoever knows their ids. They may be cached until they expire. */
@Controller('query-pictures')
export class QueryPicturesController {
  constructor(private readonly pictures: QueryPictures) {}

  @Get(':id')
  picture(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.send(id, 'picture', request, response);
  }

  @Get(':id/thumbnail')
  thumbnail(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.send(id, 'thumbnail', request, response);
  }

  private async send(id: string, file: PictureFile, request: Request, response: Response): Promise<void> {
    const picture = await this.pictures.get(queryPictureKey(id));
    const tag = `"${picture.sha256}-${file}"`;
    const secondsLeft = Math.floor((picture.expiresAt.getTime() - Date.now()) / 1000);
    response.setHeader('ETag', tag);
    response.setHeader('Cache-Control', `private, max-age=${Math.max(secondsLeft, 0)}, immutable`);
    // Pictures come from strangers: browsers must not treat them as anything but pictures.
    response.setHeader('Content-Type', `image/${file === 'picture' ? picture.format : 'webp'}`);
    response.setHeader('Content-Disposition', 'inline');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    // The id is a secret, which the address of a page with the picture should not give away.
    response.setHeader('Referrer-Policy', 'no-referrer');
    if (request.headers['if-none-match']?.includes(tag) === true) {
      response.status(304).end();
      return;
    }
    const bytes = await this.pictures.read(picture, file);
    response.setHeader('Content-Length', bytes.length).end(bytes);
  }
}

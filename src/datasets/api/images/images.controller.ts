import { pipeline } from 'node:stream/promises';
import { Controller, Get, Logger, Param, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { idOf, isSystemError, messageOf } from '../../../common/index.ts';
import { imageNotFound } from '../../datasets.errors.ts';
import { ImageStore } from '../../files/image-store.port.ts';
import type { Image } from '../../catalogue/images.ts';
import { versionOf } from '../../files/file-version.ts';
import { ImagesService } from '../../catalogue/images.service.ts';
import { DEFAULT_THUMBNAIL_WIDTH } from '../../files/thumbnail-widths.ts';
import { assertThumbnailWidth, ThumbnailsService } from '../../files/thumbnails.service.ts';

/** Serves the pictures themselves. An id never stands for other bytes, so they can be cached for ever. */
@Controller('images')
export class ImagesController {
  private readonly logger = new Logger('Images');

  constructor(
    private readonly images: ImagesService,
    private readonly thumbnails: ThumbnailsService,
    private readonly store: ImageStore,
  ) {}

  @Get(':id')
  async image(
    @Param('id') id: string,
    @Query('v') version: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const image = await this.images.get(idOf('Image', id, imageNotFound));
    const known = isKnown(request, image.sha256);
    const stream = known || request.method === 'HEAD' ? undefined : await this.store.open(image.sha256);
    describe(
      response,
      cachingOf(image, version),
      image.sha256,
      `image/${image.format}`,
      fileName(image, image.format),
    );
    if (known) response.status(304);
    else response.setHeader('Content-Length', image.bytes);
    if (stream === undefined) {
      response.end();
      return;
    }
    await pipeline(stream, response).catch((error: unknown) => {
      response.destroy();
      // A client that closes the connection is not a failure of the server.
      if (isSystemError(error, 'ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE')) return;
      this.logger.error(`Image ${id} could not be sent: ${messageOf(error)}`);
    });
  }

  @Get(':id/thumbnail')
  async thumbnail(
    @Param('id') id: string,
    @Query('w') width: string | undefined,
    @Query('v') version: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const pixels = width === undefined ? DEFAULT_THUMBNAIL_WIDTH : Number(width);
    assertThumbnailWidth(pixels);
    const image = await this.images.get(idOf('Image', id, imageNotFound));
    const tag = `${image.sha256}-${pixels}`;
    const known = isKnown(request, tag);
    const bytes = known ? undefined : await this.thumbnails.get(image.sha256, pixels);
    describe(response, cachingOf(image, version), tag, 'image/webp', fileName(image, 'webp'));
    if (bytes === undefined) response.status(304).end();
    else response.setHeader('Content-Length', bytes.length).end(bytes);
  }
}

/** Whether the client already has these bytes. */
function isKnown(request: Request, tag: string): boolean {
  const tags = request.headers['if-none-match']?.split(',').map((text) => text.trim().replace(/^W\//, ''));
  return tags !== undefined && (tags.includes(`"${tag}"`) || tags.includes('*'));
}

/** An address with the version of the bytes never shows others. Without it, caches have to ask whether they changed. */
function cachingOf({ sha256 }: Image, version: string | undefined): string {
  return version === versionOf(sha256) ? 'public, max-age=31536000, immutable' : 'public, no-cache';
}

/** Pictures come from strangers: browsers must not treat them as anything but pictures. */
function describe(response: Response, caching: string, tag: string, type: string, name: string): void {
  response.setHeader('ETag', `"${tag}"`);
  response.setHeader('Cache-Control', caching);
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Disposition', `inline; filename="${name}"`);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
  response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
}

/** The last part of the external id, without characters that mean something in headers or file systems. */
function fileName({ id, externalId }: Image, extension: string): string {
  const last = externalId.split('/').at(-1) ?? '';
  const stem = last.replace(/\.[^.]*$/, '').replace(/[^A-Za-z0-9_-]+/g, '_');
  return `${stem === '' || stem === '_' ? `image-${id}` : stem.slice(0, 100)}.${extension}`;
}

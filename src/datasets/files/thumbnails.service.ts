import { Injectable, Logger } from '@nestjs/common';
import { thumbnailWidthInvalid } from '../datasets.errors.ts';
import { ImageCheck } from '../import/image-check.port.ts';
import { isStorageFull, isSystemError, messageOf } from '../../common/index.ts';
import { ImageStore } from './image-store.port.ts';
import { ThumbnailCache } from './thumbnail-cache.port.ts';
import { THUMBNAIL_WIDTHS } from './thumbnail-widths.ts';

/** Makes thumbnails of images on first use, and keeps them. */
@Injectable()
export class ThumbnailsService {
  private readonly logger = new Logger('Thumbnails');
  private readonly making = new Map<string, Promise<Buffer>>();

  constructor(
    private readonly store: ImageStore,
    private readonly cache: ThumbnailCache,
    private readonly check: ImageCheck,
  ) {}

  /** As WebP. Rejects with `THUMBNAIL_WIDTH_INVALID` and `IMAGE_FILE_MISSING`. */
  async get(sha256: string, width: number): Promise<Buffer> {
    assertThumbnailWidth(width);
    const cached = await this.cache.find(sha256, width);
    if (cached !== undefined) return cached;
    const key = `${sha256}-${width}`;
    let making = this.making.get(key);
    if (making === undefined) {
      making = this.make(sha256, width).finally(() => this.making.delete(key));
      this.making.set(key, making);
    }
    return making;
  }

  private async make(sha256: string, width: number): Promise<Buffer> {
    const thumbnail = await this.check.thumbnail(await this.store.read(sha256), width);
    await this.keep(sha256, width, thumbnail);
    // The image may have been deleted in the meantime, and its thumbnails with it.
    if (!(await this.store.has(sha256))) await this.cache.delete([sha256], [width]);
    return thumbnail;
  }

  /** If the cache cannot be written, the thumbnail is still sent. */
  private async keep(sha256: string, width: number, thumbnail: Buffer): Promise<void> {
    try {
      await this.cache.put(sha256, width, thumbnail);
    } catch (error) {
      if (!isStorageFull(error) && !isSystemError(error, 'EROFS')) throw error;
      this.logger.warn(`A thumbnail could not be cached: ${messageOf(error)}`);
    }
  }
}

/** Throws `THUMBNAIL_WIDTH_INVALID`. */
export function assertThumbnailWidth(width: number): void {
  if (!THUMBNAIL_WIDTHS.includes(width)) throw thumbnailWidthInvalid(THUMBNAIL_WIDTHS);
}

import { Injectable } from '@nestjs/common';
import { UploadLimitsConfig } from '../../config/index.ts';
import { Downloader, revealsNetwork } from '../../downloads/index.ts';
import { pictureUnreachable } from '../datasets.errors.ts';

/** Downloads pictures for clients of the API. */
@Injectable()
export class PictureDownload {
  constructor(
    private readonly downloader: Downloader,
    private readonly limits: UploadLimitsConfig,
  ) {}

  /**
   * Rejects as `Downloader.download` does. Only the operator may learn from it about the private network: whatever
   * reveals something of it becomes `PICTURE_URL_UNREACHABLE`.
   */
  async download(url: string, signal: AbortSignal): Promise<Buffer> {
    try {
      const { bytes } = await this.downloader.download(url, {
        maxBytes: this.limits.MAX_UPLOAD_BYTES,
        signal,
      });
      return bytes;
    } catch (error) {
      throw revealsNetwork(error) ? pictureUnreachable() : error;
    }
  }
}

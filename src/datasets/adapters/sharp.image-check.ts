import { decodeError, openImage, type ImageLimits } from '../../common/index.ts';
import { ImageCheck, type CheckedImage } from '../image-check.port.ts';

export class SharpImageCheck extends ImageCheck {
  constructor(private readonly limits: ImageLimits) {
    super();
  }

  override async check(bytes: Uint8Array): Promise<CheckedImage> {
    const { image, format, width, height } = await openImage(bytes, this.limits);
    // One column makes the decoder go through all rows, and only that column is kept.
    await this.decoded(image.extract({ left: 0, top: 0, width: 1, height }).raw().toBuffer());
    return { format, width, height };
  }

  override async thumbnail(bytes: Uint8Array, width: number): Promise<Buffer> {
    const { image } = await openImage(bytes, this.limits);
    const small = image.resize({ width, height: width, fit: 'inside', withoutEnlargement: true });
    return this.decoded(small.webp({ quality: 80, effort: 2 }).toBuffer());
  }

  private async decoded(work: Promise<Buffer>): Promise<Buffer> {
    return work.catch((error: unknown) => {
      throw decodeError(error, this.limits);
    });
  }
}

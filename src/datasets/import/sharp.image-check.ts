import { availableParallelism } from 'node:os';
import { decodeError, openImage, type ImageLimits, Semaphore } from '../../common/index.ts';
import { ImageCheck, type CheckedImage } from './image-check.port.ts';

/** Decodes at most one picture per core at a time; more would only take memory. */
export class SharpImageCheck extends ImageCheck {
  private readonly slots = new Semaphore(availableParallelism());

  constructor(private readonly limits: ImageLimits) {
    super();
  }

  override async check(bytes: Uint8Array): Promise<CheckedImage> {
    return this.slots.run(async () => {
      const { image, format, width, height } = await openImage(bytes, this.limits);
      // To reach the last pixel the decoder has to go through all rows, and only that pixel is kept.
      const last = { left: width - 1, top: height - 1, width: 1, height: 1 };
      await this.decoded(image.extract(last).raw().toBuffer());
      return { format, width, height };
    });
  }

  override async thumbnail(bytes: Uint8Array, width: number): Promise<Buffer> {
    return this.slots.run(async () => {
      const { image } = await openImage(bytes, this.limits);
      const small = image.resize({ width, height: width, fit: 'inside', withoutEnlargement: true });
      return this.decoded(small.webp({ quality: 80, effort: 2 }).toBuffer());
    });
  }

  override async greySquare(bytes: Uint8Array, side: number): Promise<Uint8Array> {
    return this.slots.run(async () => {
      const { image } = await openImage(bytes, this.limits);
      const square = image
        .flatten({ background: '#ffffff' })
        .resize(side, side, { fit: 'fill', kernel: 'linear' });
      return this.decoded(square.toColourspace('b-w').raw().toBuffer());
    });
  }

  private async decoded(work: Promise<Buffer>): Promise<Buffer> {
    return work.catch((error: unknown) => {
      throw decodeError(error, this.limits);
    });
  }
}

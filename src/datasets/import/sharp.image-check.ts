import { availableParallelism } from 'node:os';
import sharp, { type Sharp } from 'sharp';
import {
  checkImage,
  decodeImage,
  missingExtraDecoder,
  type CheckedImage,
  type CheckOptions,
  type ImageLimits,
  Semaphore,
} from '../../common/index.ts';
import { ImageCheck } from './image-check.port.ts';

/** To be increased when pictures are accepted that were refused before. */
const RULES_VERSION = 1;

/** Decodes at most one picture per core at a time; more would only take memory. */
export class SharpImageCheck extends ImageCheck {
  private readonly slots = new Semaphore(availableParallelism());

  constructor(private readonly limits: ImageLimits) {
    super();
  }

  override get rules(): string {
    const { maxPixels } = this.limits;
    return JSON.stringify([RULES_VERSION, sharp.versions, maxPixels, missingExtraDecoder() === undefined]);
  }

  override async check(bytes: Uint8Array, options?: CheckOptions): Promise<CheckedImage> {
    return this.slots.run(() => checkImage(bytes, this.limits, options));
  }

  override async thumbnail(bytes: Uint8Array, width: number): Promise<Buffer> {
    return this.decode(bytes, (image) => {
      const small = image.resize({ width, height: width, fit: 'inside', withoutEnlargement: true });
      return small.webp({ quality: 80, effort: 2 });
    });
  }

  override async greySquare(bytes: Uint8Array, side: number): Promise<Uint8Array> {
    return this.decode(bytes, (image) => {
      const square = image
        .flatten({ background: '#ffffff' })
        .resize(side, side, { fit: 'fill', kernel: 'linear' });
      return square.toColourspace('b-w').raw();
    });
  }

  private decode(bytes: Uint8Array, as: (image: Sharp) => Sharp): Promise<Buffer> {
    return this.slots.run(() =>
      decodeImage(bytes, this.limits, { checked: true }, ({ image }) => as(image).toBuffer()),
    );
  }
}

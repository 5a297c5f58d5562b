import { hash, randomBytes } from 'node:crypto';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { messageOf, storageError, uploadTooLarge } from '../../common/index.ts';
import { ImageCheck } from '../../datasets/index.ts';
import type { Region } from '../../embeddings/index.ts';
import { queryPictureNotFound } from '../search.errors.ts';
import { PictureFiles, type PictureFile } from './picture-files.port.ts';
import type { QueryPicture } from './query-picture.ts';
import { PICTURE_OVERHEAD_BYTES, QueryPictureRepository } from './query-picture.repository.ts';
import { QueryPicturesConfig } from './query-pictures.config.ts';

/** 128 bits, as 22 characters that need no escapes in a URL. */
const ID_BYTES = 16;
const ID = /^[\w-]{22}$/;
/** The longer side of a thumbnail, in pixels. */
const THUMBNAIL_WIDTH = 256;
const SWEEP_EVERY_MS = 60_000;
/** Features kept of a picture: those of its regions and under several models. */
const MOST_FEATURES = 32;

/** Keeps pictures for a while, so that a client can search with them again without another upload. */
@Injectable()
export class QueryPictures implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('QueryPictures');
  private sweeping: NodeJS.Timeout | undefined;

  constructor(
    private readonly repository: QueryPictureRepository,
    private readonly files: PictureFiles,
    private readonly check: ImageCheck,
    private readonly config: QueryPicturesConfig,
  ) {}

  /**
   * Checks and keeps a picture. The oldest ones are removed if there is not enough room. The same bytes can be
   * added several times: they are one file under several ids.
   *
   * Rejects with `EMPTY_FILE`, `UNSUPPORTED_MEDIA_TYPE`, `IMAGE_TOO_LARGE`, `IMAGE_CORRUPT`, `UPLOAD_TOO_LARGE` if
   * it alone needs more than the room for all pictures, and `STORAGE_FULL`.
   */
  async add(bytes: Uint8Array): Promise<QueryPicture> {
    const { format, width, height } = await this.check.check(bytes);
    const thumbnail = await this.check.thumbnail(bytes, THUMBNAIL_WIDTH);
    const { QUERY_PICTURE_TTL: lifetime, QUERY_PICTURES_MAX_BYTES: maxBytes } = this.config;
    const size = bytes.length + thumbnail.length;
    if (size + PICTURE_OVERHEAD_BYTES > maxBytes) throw uploadTooLarge(maxBytes);
    const now = Date.now();
    const picture: QueryPicture = {
      id: randomBytes(ID_BYTES).toString('base64url'),
      sha256: hash('sha256', bytes),
      format,
      width,
      height,
      bytes: size,
      createdAt: new Date(now),
      expiresAt: new Date(now + lifetime),
    };
    // The row comes first: from then on, nobody removes a file of the same name.
    await this.repository.insert(picture);
    try {
      await this.files.write(picture.sha256, 'thumbnail', thumbnail);
      await this.files.write(picture.sha256, 'picture', bytes);
    } catch (error) {
      await this.repository.remove(picture, this.removeFiles);
      throw error;
    }
    await this.removeAll(() => this.repository.removeExcess(maxBytes, this.removeFiles));
    // Many others at the same time may have taken its place already.
    if ((await this.repository.find(picture.id)) === undefined) {
      await this.repository.remove(picture, this.removeFiles);
    }
    return picture;
  }

  /** Undefined if there is none with this id, also once it has expired. */
  async find(id: string): Promise<QueryPicture | undefined> {
    const picture = ID.test(id) ? await this.repository.find(id) : undefined;
    return picture !== undefined && picture.expiresAt.getTime() > Date.now() ? picture : undefined;
  }

  /** Rejects with `QUERY_PICTURE_NOT_FOUND`, also once the picture has expired. */
  async get(id: string): Promise<QueryPicture> {
    const picture = await this.find(id);
    if (picture === undefined) throw queryPictureNotFound(id);
    return picture;
  }

  /** Rejects with `QUERY_PICTURE_NOT_FOUND` if the file has been removed in the meantime. */
  async read({ id, sha256 }: QueryPicture, file: PictureFile = 'picture'): Promise<Buffer> {
    const bytes = await this.files.read(sha256, file);
    if (bytes === undefined) throw queryPictureNotFound(id);
    return bytes;
  }

  /**
   * The vector of a picture or of a region of it: the one that is known, or the one that `compute` makes of the
   * bytes, which is then kept as long as the picture. `model` is the key of the model without its projection.
   */
  async features(
    picture: QueryPicture,
    { model, region }: { readonly model: string; readonly region?: Region },
    compute: (bytes: Buffer) => Promise<Float32Array>,
  ): Promise<Float32Array> {
    const { sha256 } = picture;
    const part = region === undefined ? '' : [region.x, region.y, region.width, region.height].join(',');
    const known = await this.repository.findFeatures(sha256, model, part);
    if (known !== undefined) return known;
    const vector = await compute(await this.read(picture));
    try {
      await this.repository.storeFeatures({ sha256, model, region: part }, vector, MOST_FEATURES);
    } catch (error) {
      // The search itself only reads.
      if (storageError(error) === undefined) throw error;
    }
    return vector;
  }

  /** Removes the pictures that have expired, with their files and features. */
  async sweep(): Promise<void> {
    await this.removeAll(() => this.repository.removeExpired(new Date(Date.now()), this.removeFiles));
  }

  async onApplicationBootstrap(): Promise<void> {
    const sweep = () =>
      this.sweep().catch((error: unknown) => {
        this.logger.warn(`Expired query pictures could not be removed yet: ${messageOf(error)}`);
      });
    await sweep();
    this.sweeping = setInterval(() => void sweep(), SWEEP_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.sweeping);
  }

  private readonly removeFiles = async (sha256s: readonly string[]): Promise<void> => {
    await Promise.all(sha256s.map((sha256) => this.files.delete(sha256)));
  };

  private async removeAll(removeSome: () => Promise<number>): Promise<void> {
    while ((await removeSome()) > 0);
  }
}

import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppError } from '../../common/index.ts';
import type { Image } from '../catalogue/images.ts';
import { DuplicateDecisionRepository } from './duplicate-decision.repository.ts';
import { DEFAULT_DISTANCE } from './duplicates.service.ts';
import { hammingDistance, type PerceptualHash } from './perceptual-hash.ts';
import { PerceptualHashes } from './perceptual-hashes.ts';

export enum RelationKind {
  SAME_FILE = 'SAME_FILE',
  NEAR_DUPLICATE = 'NEAR_DUPLICATE',
  SIMILAR = 'SIMILAR',
}

/** How an image is related to a picture that is compared with it. */
export interface Relation {
  readonly kind: RelationKind;
  /** The number of bits in which the perceptual hashes differ, 0 to 64; null if one of the pictures has none. */
  readonly distance: number | null;
}

/** A picture to compare images with: its bytes, or an image of the catalogue. */
export type RelatedPicture =
  { readonly bytes: Uint8Array } | { readonly image: Pick<Image, 'id' | 'sha256'> };

interface Fingerprint {
  readonly sha256: string;
  readonly hash: PerceptualHash | undefined;
  readonly imageId?: number;
}

/** Tells copies, edited copies and other pictures apart. */
@Injectable()
export class PictureRelations {
  constructor(
    private readonly hashes: PerceptualHashes,
    private readonly decisions: DuplicateDecisionRepository,
  ) {}

  /**
   * How each of the images is related to that of the pictures to which it is closest. Images that somebody has
   * declared not to be duplicates are no near duplicates.
   */
  async relate(
    pictures: readonly RelatedPicture[],
    images: readonly Pick<Image, 'id' | 'sha256'>[],
  ): Promise<Relation[]> {
    const stored = pictures.flatMap((picture) => ('image' in picture ? [picture.image] : []));
    const hashes = await this.hashes.hashesOf([...stored, ...images].map(({ sha256 }) => sha256));
    const fingerprints = await Promise.all(pictures.map((picture) => this.fingerprint(picture, hashes)));
    const differing = new Set<string>();
    if (stored.length > 0) {
      const asked = [...stored, ...images].map(({ id }) => id);
      for (const [one, other] of await this.decisions.listNotDuplicates(asked)) {
        differing.add(`${one} ${other}`).add(`${other} ${one}`);
      }
    }
    return images.map(({ id, sha256 }) => {
      const relations = fingerprints.map((picture) => {
        const isDifferent = picture.imageId !== undefined && differing.has(`${picture.imageId} ${id}`);
        return relationOf(picture, { sha256, hash: hashes.get(sha256) }, isDifferent);
      });
      return relations.reduce(closer, { kind: RelationKind.SIMILAR, distance: null });
    });
  }

  private async fingerprint(
    picture: RelatedPicture,
    hashes: ReadonlyMap<string, PerceptualHash>,
  ): Promise<Fingerprint> {
    if ('image' in picture) {
      const { id, sha256 } = picture.image;
      return { sha256, hash: hashes.get(sha256), imageId: id };
    }
    const { bytes } = picture;
    return { sha256: hash('sha256', bytes), hash: await this.hashOf(bytes) };
  }

  /** What cannot be decoded resembles nothing. */
  private async hashOf(bytes: Uint8Array): Promise<PerceptualHash | undefined> {
    try {
      return (await this.hashes.compute(bytes)) ?? undefined;
    } catch (error) {
      if (error instanceof AppError) return undefined;
      throw error;
    }
  }
}

function relationOf(one: Fingerprint, other: Fingerprint, isDifferent: boolean): Relation {
  const distance =
    one.hash === undefined || other.hash === undefined ? null : hammingDistance(one.hash, other.hash);
  if (one.sha256 === other.sha256) return { kind: RelationKind.SAME_FILE, distance };
  const isNear = distance !== null && distance <= DEFAULT_DISTANCE && !isDifferent;
  return { kind: isNear ? RelationKind.NEAR_DUPLICATE : RelationKind.SIMILAR, distance };
}

const ORDER = [RelationKind.SAME_FILE, RelationKind.NEAR_DUPLICATE, RelationKind.SIMILAR];

function closer(one: Relation, other: Relation): Relation {
  const apart = ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind);
  if (apart !== 0) return apart < 0 ? one : other;
  return (other.distance ?? Infinity) < (one.distance ?? Infinity) ? other : one;
}

import type { ComparedImageFragment, DuplicatesQuery } from '../api/generated/graphql.ts';

type Edge = DuplicatesQuery['duplicates']['edges'][number];

export interface Member {
  readonly image: ComparedImageFragment;
  /** Bits of the perceptual hash that differ from those of the oldest image. */
  readonly distance: number;
  readonly sameBytes: boolean;
}

/** Images that look the same, the oldest first. */
export interface Group {
  /** The id of the oldest image: an image is in one group at most. */
  readonly key: string;
  readonly cursor: string;
  readonly exact: boolean;
  readonly size: number;
  /** The first of them, or all. */
  readonly members: readonly Member[];
}

/** The length of a perceptual hash. */
const HASH_BITS = 64;

/** `62 of 64 bits` */
export function bitsAlike(distance: number): string {
  return `${HASH_BITS - distance} of ${HASH_BITS} bits`;
}

export function toGroups(edges: readonly Edge[]): Group[] {
  return edges.flatMap(({ cursor, node: { exact, size, images } }) => {
    const [oldest] = images.nodes;
    if (oldest === undefined) return [];
    return [{ key: oldest.image.id, cursor, exact, size, members: images.nodes }];
  });
}

const pixels = ({ image: { width, height } }: Member): number => width * height;

/** The one to keep: the most pixels, then the most bytes, then the one that has labels, then the oldest. */
export function bestOf(members: readonly Member[]): Member {
  return members.reduce((best, member) => {
    const gain =
      pixels(member) - pixels(best) ||
      member.image.bytes - best.image.bytes ||
      member.image.labels.length - best.image.labels.length;
    return gain > 0 ? member : best;
  });
}

export interface Differences {
  /** Whether they differ in this, so that it is worth a look. */
  readonly size: boolean;
  readonly bytes: boolean;
  readonly format: boolean;
  readonly labels: boolean;
  readonly mostPixels: number;
  readonly mostBytes: number;
}

/** What tells the images of a group apart. */
export function differencesOf(members: readonly Member[]): Differences {
  const differ = (valueOf: (member: Member) => string | number) => new Set(members.map(valueOf)).size > 1;
  return {
    size: differ(({ image: { width, height } }) => `${width}×${height}`),
    bytes: differ(({ image }) => image.bytes),
    format: differ(({ image }) => image.format),
    labels: differ(({ image }) => image.labels.map(({ key }) => key).join('\n')),
    mostPixels: Math.max(...members.map(pixels)),
    mostBytes: Math.max(...members.map(({ image }) => image.bytes)),
  };
}

/** Adds groups to those that are known. One that is already there stays where it is. */
export function appendGroups(known: readonly Group[], added: readonly Group[]): Group[] {
  const keys = new Set(known.map(({ key }) => key));
  return [...known, ...added.filter(({ key }) => !keys.has(key))];
}

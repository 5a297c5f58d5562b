/** An MD5, or that of the parts of an object and their number, as S3 gives them. Other servers may mean other things by an ETag. */
const DIGEST = /^"([0-9a-f]{32})(?:-\d+)?"$/i;

/** What a list of objects says of the content of one, apart from its key and its time. */
export interface ObjectContent {
  readonly etag: string;
  readonly bytes: number;
}

/** The content of an object by its version, as `BucketSource` writes it; undefined if nothing tells it apart from others. */
export function objectContentOf(version: string | null | undefined): ObjectContent | undefined {
  if (version?.startsWith('{') !== true) return undefined;
  const { etag, bytes } = JSON.parse(version) as { readonly etag?: unknown; readonly bytes?: unknown };
  if (typeof etag !== 'string' || typeof bytes !== 'number' || !DIGEST.test(etag)) return undefined;
  return { etag, bytes };
}

export function isSameContent(one: ObjectContent, other: ObjectContent | undefined): boolean {
  return one.etag === other?.etag && one.bytes === other.bytes;
}

/** A number that the same content has and hardly any other: 48 bits of its digest. */
export function contentNumber({ etag }: ObjectContent): number {
  return Number.parseInt(etag.slice(1, 13), 16);
}

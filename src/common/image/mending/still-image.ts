/** Where the major brand of an ISO media file is. */
const BRAND = { from: 8, to: 12 } as const;

/**
 * An animated AVIF as the still image that it also is: with the brand of still images, by which the decoder recognises
 * files. The given bytes if it is one already.
 */
export function asStillImage(bytes: Uint8Array): Uint8Array {
  const brand = Buffer.from(bytes.subarray(BRAND.from, BRAND.to)).toString('latin1');
  if (brand !== 'avis') return bytes;
  const still = Uint8Array.from(bytes);
  still.set(Buffer.from('avif', 'latin1'), BRAND.from);
  return still;
}

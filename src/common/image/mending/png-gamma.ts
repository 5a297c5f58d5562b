import { deflateSync } from 'node:zlib';
import { gammaProfile } from './gamma-profile.ts';
import { PNG_SIGNATURE_BYTES, pngChunk, pngChunks } from './png-chunks.ts';

/** What says more exactly than a gamma how colours are meant. */
const BETTER = new Set(['iCCP', 'sRGB', 'cICP']);
/** The gamma of sRGB, as PNG writes it, in 1/100,000. */
const USUAL = 45_455;
/** Differences below this share are not seen. */
const INSIGNIFICANT = 0.05;
const COLOUR = 0x02;

/**
 * A PNG whose gamma is expressed as a colour profile, which decoders do not ignore; the given bytes if its gamma is the
 * usual one, or not given.
 */
export function withGammaAsProfile(bytes: Uint8Array): Uint8Array {
  let colourType: number | undefined;
  for (const { type, start, data, end } of pngChunks(bytes)) {
    if (type === 'IHDR') colourType = data[9];
    if (type === 'IDAT' || BETTER.has(type)) return bytes;
    if (type !== 'gAMA' || data.length !== 4 || colourType === undefined) continue;
    const gamma = data.readUInt32BE(0);
    if (gamma === 0 || Math.abs(gamma / USUAL - 1) < INSIGNIFICANT || hasBetter(bytes, end)) return bytes;
    const profile = gammaProfile(100_000 / gamma, (colourType & COLOUR) === 0 ? 'grey' : 'colour');
    const content = Buffer.concat([Buffer.from('gamma\0\0', 'latin1'), deflateSync(profile)]);
    return Buffer.concat([bytes.subarray(0, start), pngChunk('iCCP', content), bytes.subarray(end)]);
  }
  return bytes;
}

/** Whether a chunk between `from` and the pixels makes the gamma irrelevant. */
function hasBetter(bytes: Uint8Array, from: number): boolean {
  for (const { type, start } of pngChunks(bytes)) {
    if (type === 'IDAT') return false;
    if (start >= Math.max(from, PNG_SIGNATURE_BYTES) && BETTER.has(type)) return true;
  }
  return false;
}

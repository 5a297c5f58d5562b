import { gammaProfile } from '../../../src/common/image/mending/gamma-profile.ts';

/** The primaries of Display P3 as XYZ for a white of D50 (SMPTE EG 432-1). */
const PRIMARIES = {
  rXYZ: [0.51512, 0.2412, -0.00105],
  gXYZ: [0.29198, 0.69225, 0.04189],
  bXYZ: [0.1571, 0.06657, 0.78407],
} as const;

/** A profile of Display P3, as phones embed it. */
export function displayP3(): Buffer {
  const profile = gammaProfile(2.2, 'colour');
  for (const [tag, values] of Object.entries(PRIMARIES)) {
    const offset = profile.readUInt32BE(profile.indexOf(tag, 128, 'latin1') + 4);
    for (const [at, value] of values.entries())
      profile.writeInt32BE(Math.round(value * 0x10000), offset + 8 + 4 * at);
  }
  return profile;
}

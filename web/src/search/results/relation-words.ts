import { counted } from '../../ui/numbers.ts';
import type { Hit } from './hit-list.ts';

/** What a badge says of a copy; undefined for another picture. */
export function relationWords({
  relation,
}: Hit): { readonly text: string; readonly title: string } | undefined {
  if (relation?.kind === 'SAME_FILE') return { text: 'Same file', title: 'It has the same bytes.' };
  if (relation?.kind !== 'NEAR_DUPLICATE') return undefined;
  const bits = counted(relation.distance ?? 0, 'bit');
  return { text: 'Near duplicate', title: `The perceptual hashes differ in ${bits} of 64.` };
}

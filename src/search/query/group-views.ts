import type { Image } from '../../datasets/index.ts';
import type { AttributeValue } from '../../filters/index.ts';
import type { VectorMatch } from '../vector-index/vector-index.port.ts';
import { groupKey, valueOf, type Leader } from './leaders.ts';
import type { Ranking } from './ranking.ts';
import { SEARCH_LIMITS, type View } from './similar-images.ts';

/** A view before it is known what its score means. */
export type FoundView = Omit<View, 'confidence'>;

/**
 * The best views of groups beside their leaders, up to `count` each, by group key. A search among the groups alone
 * finds them, however far down the ranking they are. `imagesOf` finds the images that may be shown.
 */
export async function findViews(
  ranking: Ranking,
  leaders: readonly Leader[],
  { attribute, count }: { readonly attribute: string; readonly count: number },
  imagesOf: (some: readonly VectorMatch[]) => Promise<ReadonlyMap<number, Image>>,
): Promise<ReadonlyMap<string, readonly FoundView[]>> {
  const views = new Map<string, FoundView[]>();
  const values = leaders.flatMap(({ group }): AttributeValue[] => (group === undefined ? [] : [group]));
  if (count === 0 || values.length === 0) return views;
  const { depth } = SEARCH_LIMITS;
  for (let k = values.length * (count + 1); ; k *= 2) {
    const wanted = Math.min(k, depth);
    const { matches, complete } = await ranking.find(wanted, { attribute, values });
    const images = await imagesOf(matches);
    const shown = new Set(leaders.map(({ id }) => id));
    for (const value of values) views.set(groupKey(value), []);
    for (const { id, score } of matches) {
      const image = images.get(id);
      if (image === undefined || shown.has(id) || ranking.excludes(id)) continue;
      const value = valueOf(image.attributes, attribute);
      const ofGroup = value === undefined ? undefined : views.get(groupKey(value));
      if (ofGroup !== undefined && ofGroup.length < count) ofGroup.push({ score, image });
    }
    const full = [...views.values()].every((ofGroup) => ofGroup.length === count);
    if (full || complete || wanted === depth) return views;
  }
}

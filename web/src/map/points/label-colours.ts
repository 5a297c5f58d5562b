import { NO_LABEL, type MapPoints } from './map-points.ts';

/** That many labels have colours that can be told apart; the others share a grey. */
export const COLOURS = 12;
/** The place of that grey, behind the colours. */
export const GREY = COLOURS;

/** A label of the map, with its colour. */
export interface LegendEntry {
  /** Its index in the map; `NO_LABEL` stands for images without one. */
  readonly label: number;
  readonly key: string | undefined;
  readonly name: string;
  readonly count: number;
  /** The number of a colour, or `GREY`. */
  readonly colour: number;
}

/** All labels of the map, the most frequent first: these have colours of their own, unless others are chosen. */
export function legendOf({ labelOf, labels }: MapPoints, chosen: ReadonlySet<number>): LegendEntry[] {
  const counts = new Map<number, number>();
  for (const label of labelOf) counts.set(label, (counts.get(label) ?? 0) + 1);
  const byCount = [...counts].sort(([a, many], [b, more]) => more - many || a - b);
  const named = byCount.map(([label]) => label).filter((label) => label !== NO_LABEL);
  const colours = coloursOf(named, chosen);
  return byCount.map(([label, count]) => ({
    label,
    key: labels[label]?.key,
    name: labels[label]?.name ?? 'No label',
    count,
    colour: colours.get(label) ?? GREY,
  }));
}

/** A label keeps its usual colour; one that is chosen and has none takes that of one that is not chosen. */
function coloursOf(labels: readonly number[], chosen: ReadonlySet<number>): Map<number, number> {
  const usual = new Map(labels.slice(0, COLOURS).map((label, colour) => [label, colour]));
  if (chosen.size === 0) return usual;
  const colours = new Map([...usual].filter(([label]) => chosen.has(label)));
  const taken = new Set(colours.values());
  const free = Array.from({ length: COLOURS }, (_each, colour) => colour).filter(
    (colour) => !taken.has(colour),
  );
  for (const label of labels) {
    if (!chosen.has(label) || colours.has(label)) continue;
    const colour = free.shift();
    if (colour === undefined) break;
    colours.set(label, colour);
  }
  return colours;
}

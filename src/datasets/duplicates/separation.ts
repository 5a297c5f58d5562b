/** For each of some items, those from which it has to be kept apart. Every pair is there both ways. */
export type Pairs = ReadonlyMap<number, ReadonlySet<number>>;

/** Keeps items that must not be in one group apart while groups are formed. */
export class Separation {
  private readonly pairs: Pairs;
  /** Of each group, the members that have to be kept apart from something. */
  private readonly members = new Map<number, number[]>();

  constructor(pairs: Pairs) {
    this.pairs = pairs;
  }

  accepts(group: number, item: number): boolean {
    const apart = this.pairs.get(item);
    if (apart === undefined) return true;
    return this.members.get(group)?.every((member) => !apart.has(member)) ?? true;
  }

  join(group: number, item: number): void {
    if (!this.pairs.has(item)) return;
    const members = this.members.get(group);
    if (members === undefined) this.members.set(group, [item]);
    else members.push(item);
  }
}

export function pairsOf(list: Iterable<readonly [number, number]>): Map<number, Set<number>> {
  const pairs = new Map<number, Set<number>>();
  const add = (from: number, to: number) => {
    const others = pairs.get(from);
    if (others === undefined) pairs.set(from, new Set([to]));
    else others.add(to);
  };
  for (const [a, b] of list) {
    add(a, b);
    add(b, a);
  }
  return pairs;
}

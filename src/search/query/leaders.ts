import type { DuplicatesService, ImagesService } from '../../datasets/index.ts';
import type { AttributeValue } from '../../filters/index.ts';
import type { VectorMatch } from '../vector-index/vector-index.port.ts';
import type { Ranking } from './ranking.ts';

/** The best image of those that a search shows as one. */
export interface Leader extends VectorMatch {
  /** The duplicates that were left out so far, by descending score. */
  readonly duplicateIds?: readonly number[];
  /** The value that its group has in common. */
  readonly group?: AttributeValue;
}

/** The images of a ranking that are shown as hits of their own. Like the ranking, they only grow at the end. */
export interface Leaders {
  readonly list: readonly Leader[];
  /** Whether there will not be any more. */
  readonly complete: boolean;
  readonly ranking: Ranking;
  /** The number of characters that it holds, in keys of groups. */
  readonly characters: number;
  /** Grows until there are so many or no more. */
  reach(count: number): Promise<void>;
}

/** Every image is shown. */
export class AllLeaders implements Leaders {
  readonly ranking: Ranking;
  readonly characters = 0;

  constructor(ranking: Ranking) {
    this.ranking = ranking;
  }

  get list(): readonly Leader[] {
    return this.ranking.matches;
  }

  get complete(): boolean {
    return this.ranking.complete;
  }

  reach(count: number): Promise<void> {
    return this.ranking.reach(count);
  }
}

abstract class ChosenLeaders implements Leaders {
  readonly list: Leader[] = [];
  readonly ranking: Ranking;
  characters = 0;
  private taken = 0;
  private growing: Promise<void> = Promise.resolve();

  constructor(ranking: Ranking) {
    this.ranking = ranking;
  }

  get complete(): boolean {
    return this.ranking.complete && this.taken === this.ranking.matches.length;
  }

  async reach(count: number): Promise<void> {
    const growing = this.growing.then(() => this.growTo(count));
    this.growing = growing.catch(() => undefined);
    await growing;
  }

  /** Adds those of the matches that lead to the list. */
  protected abstract choose(matches: readonly VectorMatch[]): Promise<void>;

  private async growTo(count: number): Promise<void> {
    while (this.list.length < count && !this.complete) {
      if (this.taken === this.ranking.matches.length) {
        await this.ranking.reach(Math.max(2 * count, this.taken + 1));
      }
      const { length } = this.ranking.matches;
      await this.choose(this.ranking.matches.slice(this.taken, length));
      this.taken = length;
    }
  }
}

/** Of images that are duplicates of each other, the best leads. */
export class DistinctLeaders extends ChosenLeaders {
  private readonly images: ImagesService;
  private readonly duplicates: DuplicatesService;
  private readonly known: { readonly id: number; readonly sha256: string }[] = [];
  private readonly leftOut = new Map<number, number[]>();

  constructor(ranking: Ranking, images: ImagesService, duplicates: DuplicatesService) {
    super(ranking);
    this.images = images;
    this.duplicates = duplicates;
  }

  protected async choose(matches: readonly VectorMatch[]): Promise<void> {
    const images = await this.images.findByIds(matches.map(({ id }) => id));
    const found = matches.filter(({ id }) => images.has(id));
    this.known.push(...found.map(({ id }) => ({ id, sha256: images.get(id)!.sha256 })));
    const firsts = await this.duplicates.firstsAmong(this.known);
    for (const { id, score } of found) {
      const first = firsts.get(id) ?? id;
      if (first !== id) {
        this.leftOut.get(first)?.push(id);
        continue;
      }
      const duplicateIds: number[] = [];
      this.leftOut.set(id, duplicateIds);
      this.list.push({ id, score, duplicateIds });
    }
  }
}

/** Of images with the same value of an attribute, the best leads. An image without the attribute leads alone. */
export class GroupLeaders extends ChosenLeaders {
  private readonly images: ImagesService;
  private readonly attribute: string;
  private readonly groups = new Set<string>();

  constructor(ranking: Ranking, images: ImagesService, attribute: string) {
    super(ranking);
    this.images = images;
    this.attribute = attribute;
  }

  protected async choose(matches: readonly VectorMatch[]): Promise<void> {
    const images = await this.images.findByIds(matches.map(({ id }) => id));
    for (const { id, score } of matches) {
      const image = images.get(id);
      if (image === undefined) continue;
      const group = valueOf(image.attributes, this.attribute);
      if (group === undefined) {
        this.list.push({ id, score });
        continue;
      }
      const key = groupKey(group);
      if (this.groups.has(key)) continue;
      this.groups.add(key);
      this.characters += key.length;
      this.list.push({ id, score, group });
    }
  }
}

/** The value of an attribute; names come from clients, so that one may be `toString`. */
export function valueOf(
  attributes: Readonly<Record<string, AttributeValue>>,
  name: string,
): AttributeValue | undefined {
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}

/** Equal for equal values of the same type. */
export function groupKey(value: AttributeValue): string {
  return value instanceof Date ? `date ${value.getTime()}` : JSON.stringify(value);
}

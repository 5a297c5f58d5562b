import type { AttributeType, AttributeValue } from '../../filters/index.ts';
import type { SourceImage } from '../sources/dataset-source.port.ts';
import { isGiven } from './column-values.ts';
import type { ImportAttributes } from './import-attributes.ts';

const SAMPLES = 5;

interface Tally {
  images: number;
  invalid: number;
  readonly samples: AttributeValue[];
}

/** Counts the attributes that an import would set. */
export class AttributeTallies {
  private readonly tallies: ReadonlyMap<string, Tally>;

  constructor(
    names: readonly string[],
    private readonly plan: ImportAttributes,
  ) {
    this.tallies = new Map(names.map((name) => [name, { images: 0, invalid: 0, samples: [] }]));
  }

  add(image: SourceImage): void {
    if (this.tallies.size === 0) return;
    const { attributes } = this.plan.read(image);
    for (const [name, tally] of this.tallies) {
      const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
      if (value === undefined) {
        if (isGiven(image.values?.get(name))) tally.invalid += 1;
        continue;
      }
      tally.images += 1;
      const isNew = !tally.samples.some((sample) => JSON.stringify(sample) === JSON.stringify(value));
      if (tally.samples.length < SAMPLES && isNew) tally.samples.push(value);
    }
  }

  all(): ({ readonly name: string; readonly type: AttributeType | null } & Readonly<Tally>)[] {
    return [...this.tallies].map(([name, tally]) => ({
      name,
      type: this.plan.typeOf(name) ?? null,
      ...tally,
    }));
  }
}

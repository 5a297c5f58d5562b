import { describe, expect, it } from '@jest/globals';
import { isTurnOver, seededRandom } from '../../../../common/index.ts';
import {
  allOf,
  AttributeType,
  matches,
  withLabels,
  type Attributes,
  type AttributeTest,
  type AttributeValue,
  type Filter,
  type Filterable,
} from '../../../../filters/index.ts';
import { BLOCK_ROWS, EntryCatalogue } from '../entries/entry-catalogue.ts';
import { encodeAttributes } from '../entries/stored-attributes.ts';
import { Selections } from './selections.ts';

const random = seededRandom(7);
const below = (end: number) => Math.floor(random() * end);
const oneOf = <Item>(items: readonly Item[]): Item => items[below(items.length)]!;

const TEXTS = ['acme', 'Acme', 'straße', 'STRASSE', '', 'a "quoted" one', '日本', '👒 hat', 'z'];
const LABELS = ['hat', 'shoe', 'red', 'a "quoted", [odd] – label'];
const DAY = 86_400_000;
const VALUES: Readonly<Record<AttributeType, () => AttributeValue>> = {
  STRING: () => oneOf(TEXTS),
  NUMBER: () => oneOf([-3, -0, 0, 0.1, 1.5, 20, 1e12, below(1_000)]),
  BOOLEAN: () => random() < 0.5,
  DATE: () => new Date(below(5) * DAY - 2 * DAY),
  STRINGS: () => Array.from({ length: below(4) }, () => oneOf(TEXTS)),
};
const TYPES = Object.values(AttributeType);

function anyFacts(): Filterable {
  const attributes: Attributes = Object.fromEntries(
    // Now and then, an attribute has a value of another type than usual.
    TYPES.filter(() => random() < 0.7).map((type) => [
      `of ${type}`,
      VALUES[random() < 0.9 ? type : oneOf(TYPES)](),
    ]),
  );
  return { labels: LABELS.filter(() => random() < 0.3), attributes };
}

function anyTest(type: AttributeType): AttributeTest {
  const value = (): string | number | boolean | Date => {
    const one = VALUES[type]();
    if (one instanceof Date) return one;
    return typeof one === 'object' ? oneOf(TEXTS) : one;
  };
  const ordered = type !== AttributeType.BOOLEAN && type !== AttributeType.STRINGS;
  switch (below(4)) {
    case 0:
      return { op: 'exists' };
    case 1:
      if (!ordered) break;
      return {
        op: 'range',
        [oneOf(['gt', 'gte'])]: value(),
        ...(random() < 0.5 ? { [oneOf(['lt', 'lte'])]: value() } : {}),
      };
    case 2:
      if (type !== AttributeType.STRING) break;
      return { op: 'contains', text: oneOf(['A', 'hat', 'ss', '"', '']) };
  }
  return {
    op: 'in',
    values: Array.from({ length: below(4) }, value),
  };
}

function anyFilter(depth = 0): Filter {
  const kind =
    depth > 3 ? 'attribute' : oneOf(['and', 'or', 'not', 'labels', 'attribute', 'attribute'] as const);
  switch (kind) {
    case 'and':
    case 'or':
      return { kind, filters: Array.from({ length: below(4) }, () => anyFilter(depth + 1)) };
    case 'not':
      return { kind, filter: anyFilter(depth + 1) };
    case 'labels':
      return withLabels(Array.from({ length: below(3) }, () => oneOf([...LABELS, 'unknown'])));
    case 'attribute': {
      const type = oneOf(TYPES);
      return { kind, name: random() < 0.9 ? `of ${type}` : 'unknown', type, test: anyTest(type) };
    }
  }
}

/** A catalogue and what it should know of each of its entries; undefined once an entry has been removed. */
class Subject {
  readonly catalogue = new EntryCatalogue();
  readonly selections = new Selections(this.catalogue);
  readonly truth: (Filterable | undefined)[] = [];

  append(facts: Filterable): void {
    this.truth.push(facts);
    this.catalogue.append(this.truth.length, this.truth.length, stored(facts));
  }

  update(ordinal: number, facts: Filterable): void {
    if (this.truth[ordinal] !== undefined) this.truth[ordinal] = facts;
    this.catalogue.update(ordinal + 1, stored(facts));
  }

  remove(ordinal: number): void {
    this.truth[ordinal] = undefined;
    this.catalogue.remove(ordinal + 1);
  }

  async expectRight(filter: Filter): Promise<void> {
    const selection = await this.selections.select(filter);
    const expected = this.truth.flatMap((facts, ordinal) =>
      facts && matches(filter, facts) ? [ordinal] : [],
    );
    const found = [...selection.between(0, this.truth.length)];
    expect({ filter, found }).toEqual({ filter, found: expected });
    expect(selection.count).toBe(expected.length);
    expect(this.truth.flatMap((_, ordinal) => (selection.has(ordinal) ? [ordinal] : []))).toEqual(expected);
  }
}

const stored = ({ labels, attributes }: Filterable) => ({
  labels: JSON.stringify(labels),
  attributes: encodeAttributes(attributes),
});

describe('Selections', () => {
  it('agree with the meaning of filters, whatever is appended, updated and removed', async () => {
    const subject = new Subject();
    const filters = Array.from({ length: 60 }, () => anyFilter());
    for (let round = 0; round < 5; round++) {
      for (let at = 0; at < 150; at++) subject.append(anyFacts());
      for (let at = 0; at < 40; at++) subject.update(below(subject.truth.length), anyFacts());
      for (let at = 0; at < 20; at++) subject.remove(below(subject.truth.length));
      for (const filter of filters) await subject.expectRight(filter);
      for (let at = 0; at < 60; at++) await subject.expectRight(anyFilter());
    }
  });

  it('evaluate entries of several blocks, of which some change', async () => {
    const subject = new Subject();
    const size = 2 * BLOCK_ROWS + 100;
    const priced = (price: number) => ({ labels: [], attributes: { price } });
    const cheap: Filter = {
      kind: 'attribute',
      name: 'price',
      type: AttributeType.NUMBER,
      test: { op: 'range', lt: 10 },
    };
    for (let at = 0; at < size; at++) subject.append(priced(at % 100));
    await subject.expectRight(cheap);
    await subject.expectRight({ kind: 'not', filter: cheap });
    subject.update(BLOCK_ROWS + 50, priced(5));
    subject.remove(3);
    for (let at = 0; at < BLOCK_ROWS; at++) subject.append(priced(at % 50));
    await subject.expectRight(cheap);
    await subject.expectRight({ kind: 'not', filter: cheap });
  });

  it('stay right while entries change during a long evaluation', async () => {
    const subject = new Subject();
    const priced = (price: number) => ({ labels: [], attributes: { price, name: `no. ${price}` } });
    for (let at = 0; at < 4 * BLOCK_ROWS; at++) subject.append(priced(at));
    const wanted: Filter = {
      kind: 'attribute',
      name: 'name',
      type: AttributeType.STRING,
      test: { op: 'contains', text: '9' },
    };
    const late: Filter = {
      kind: 'attribute',
      name: 'name',
      type: AttributeType.STRING,
      test: { op: 'in', values: ['a late name'] },
    };
    // Uses up the turn, so that the evaluations have to give way at once.
    isTurnOver();
    for (const begun = performance.now(); !isTurnOver() && performance.now() < begun + 1_000;);
    const evaluations = [wanted, late].map((filter) => subject.selections.select(filter));
    for (let at = 0; at < 100; at++) subject.update(at, { labels: [], attributes: { name: 'a late name' } });
    await Promise.all(evaluations);
    await subject.expectRight(wanted);
    await subject.expectRight(late);
  });

  it('do not change once they are made', async () => {
    const subject = new Subject();
    subject.append({ labels: ['hat'], attributes: {} });
    const hats = await subject.selections.select(withLabels(['hat']));
    subject.append({ labels: ['hat'], attributes: {} });
    subject.remove(0);
    await subject.expectRight(withLabels(['hat']));
    expect([hats.count, hats.has(0), hats.has(1), [...hats.between(0, 9)]]).toEqual([1, true, false, [0]]);
  });

  it('list what lies between two ordinals', async () => {
    const subject = new Subject();
    for (let at = 0; at < 200; at++)
      subject.append({ labels: at % 3 === 0 ? ['third'] : [], attributes: {} });
    const third = await subject.selections.select(withLabels(['third']));
    expect([...third.between(31, 70)]).toEqual([33, 36, 39, 42, 45, 48, 51, 54, 57, 60, 63, 66, 69]);
    expect([...third.between(150, 150)]).toEqual([]);
    expect([...third.between(190, 1_000)]).toEqual([192, 195, 198]);
  });

  it('forget strings that are no longer used, and nothing else', async () => {
    const subject = new Subject();
    for (let at = 0; at < 10; at++) subject.append(anyFacts());
    const tagged = (tag: string): Filterable => ({
      labels: [tag],
      attributes: { note: tag, tags: [tag, 'all'] },
    });
    for (let at = 0; at < 140_000; at++) subject.update(at % 10, tagged(`tag ${at}`));
    const last = (name: string, type: AttributeType): Filter => ({
      kind: 'attribute',
      name,
      type,
      test: { op: 'in', values: ['tag 139995', 'tag 3'] },
    });
    await subject.expectRight(withLabels(['tag 139991', 'tag 1']));
    await subject.expectRight(last('note', AttributeType.STRING));
    await subject.expectRight(last('tags', AttributeType.STRINGS));
    await subject.expectRight(allOf(last('tags', AttributeType.STRINGS), withLabels(['tag 139995'])));
  });
});

import {
  AttributeType,
  typeOf,
  type Attributes,
  type AttributeValue,
  type Filter,
} from '../../../../filters/index.ts';
import { markNothing, type Column, type Marking } from './column.ts';
import { ListColumn } from './list-column.ts';
import { NumberColumn } from './number-column.ts';
import { StringColumn } from './string-column.ts';

/** What filters ask of entries: their labels, and a column for each attribute and type. A row is an ordinal. */
export class FactColumns {
  private readonly labels = new ListColumn();
  private readonly columns = new Map<string, Column>();

  /** Replaces everything that is known of a row. The labels must not change afterwards. */
  set(row: number, labels: readonly string[], attributes: Attributes): void {
    this.labels.set(row, labels);
    const entries = Object.entries(attributes);
    if (entries.length === 0 && this.columns.size === 0) return;
    const given = new Map(entries.map(([name, value]) => [keyOf(name, typeOf(value)), value]));
    for (const [key, column] of this.columns) if (!given.has(key)) column.clear(row);
    for (const [key, value] of given) {
      let column = this.columns.get(key);
      if (column === undefined) {
        column = newColumn(value);
        this.columns.set(key, column);
      }
      column.set(row, value);
    }
  }

  /** Marks the rows that a filter selects. To be used before a row is set again. */
  marking(filter: Filter): Marking {
    switch (filter.kind) {
      case 'and':
        return joined(
          filter.filters.map((part) => this.marking(part)),
          true,
        );
      case 'or':
        return joined(
          filter.filters.map((part) => this.marking(part)),
          false,
        );
      case 'not': {
        const marking = this.marking(filter.filter);
        return (from, to, marks) => {
          const others = new Uint32Array(marks.length);
          marking(from, to, others);
          for (let word = 0; word < marks.length; word++) marks[word]! |= ~others[word]!;
        };
      }
      case 'labels':
        return this.labels.markingAny(filter.labels);
      case 'attribute':
        return this.columns.get(keyOf(filter.name, filter.type))?.marking(filter.test) ?? markNothing;
    }
  }
}

function keyOf(name: string, type: AttributeType): string {
  return `${type} ${name}`;
}

function newColumn(value: AttributeValue): Column {
  const type = typeOf(value);
  switch (type) {
    case AttributeType.STRING:
      return new StringColumn();
    case AttributeType.STRINGS:
      return new ListColumn();
    case AttributeType.NUMBER:
    case AttributeType.DATE:
    case AttributeType.BOOLEAN:
      return new NumberColumn(type);
  }
}

/** Marks what all of the parts mark, or what any of them does. Sets marks beyond the last row, too. */
function joined(parts: readonly Marking[], areAllNeeded: boolean): Marking {
  return (from, to, marks) => {
    const joint = new Uint32Array(marks.length).fill(areAllNeeded ? ~0 : 0);
    const one = new Uint32Array(marks.length);
    for (const part of parts) {
      one.fill(0);
      part(from, to, one);
      if (areAllNeeded) for (let word = 0; word < joint.length; word++) joint[word]! &= one[word]!;
      else for (let word = 0; word < joint.length; word++) joint[word]! |= one[word]!;
    }
    for (let word = 0; word < joint.length; word++) marks[word]! |= joint[word]!;
  };
}

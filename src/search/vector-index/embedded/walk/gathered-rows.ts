import { strideOf, type WalkMemory } from './walk-memory.ts';

// Only erasable TypeScript: worker threads run this file from source.

interface Part {
  readonly marks: Uint32Array;
  /** The place of its first row among all that are gathered. */
  readonly from: number;
  readonly count: number;
}

/**
 * Copies of the codes of marked rows, those of the same marks one after the other: the processor reads them several times
 * as fast as from all over the graph. If there is no more room, the oldest copies are overwritten.
 */
export class GatheredRows {
  /** The oldest first. */
  private parts: Part[] = [];
  private next = 0;
  private readonly memory: WalkMemory;
  private readonly stride: number;

  constructor(memory: WalkMemory, dimension: number) {
    this.memory = memory;
    this.stride = strideOf(dimension);
  }

  /** Whether so many rows can be gathered. */
  hasRoomFor(count: number): boolean {
    return count <= this.memory.gatherRoom;
  }

  has(marks: Uint32Array): boolean {
    return this.parts.some((part) => part.marks === marks);
  }

  /** Gathers the rows that are marked in the graph's memory, of which there must be `count`. */
  add(marks: Uint32Array, count: number): void {
    const from = this.next + count > this.memory.gatherRoom ? 0 : this.next;
    this.next = from + count;
    this.parts = this.parts.filter((part) => part.from + part.count <= from || part.from >= this.next);
    this.parts.push({ marks, from, count });
    this.memory.functions.gather(...this.addressesOf(from));
  }

  /** Compares the rows that were gathered for these marks. Returns the number of hits. */
  scan(marks: Uint32Array, most: number): number {
    const part = this.parts.find((one) => one.marks === marks);
    if (part === undefined) return 0;
    return this.memory.functions.scanGathered(...this.addressesOf(part.from), part.count, most);
  }

  private addressesOf(from: number): [codes: number, rows: number] {
    const { gathered, gatheredRows } = this.memory.areas;
    return [gathered + this.stride * from, gatheredRows + 4 * from];
  }
}

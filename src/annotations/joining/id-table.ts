import type { Term } from '../reading/row.ts';

/** Numbers the ids of images from 0, and keeps a flag and a list of labels for each. */
export class IdTable {
  private readonly numbers = new Map<Term, number>();
  private readonly labels = new LabelLists();
  private flags = new Uint8Array(1024);

  get size(): number {
    return this.numbers.size;
  }

  all(): Iterable<Term> {
    return this.numbers.keys();
  }

  numberOf(id: Term): number | undefined {
    return this.numbers.get(id);
  }

  /** The number of the id, which is added if it is new. */
  assignNumber(id: Term): number {
    const known = this.numbers.get(id);
    if (known !== undefined) return known;
    const number = this.numbers.size;
    this.numbers.set(id, number);
    if (number >= this.flags.length) {
      const larger = new Uint8Array(this.flags.length * 2);
      larger.set(this.flags);
      this.flags = larger;
    }
    return number;
  }

  /** Sets the flag of an id and returns whether it was unset. */
  flag(number: number): boolean {
    if (this.flags[number] === 1) return false;
    this.flags[number] = 1;
    return true;
  }

  addLabels(number: number, labels: readonly Term[]): void {
    this.labels.add(number, labels);
  }

  labelsOf(number: number): string[] {
    return this.labels.labelsAt(number);
  }
}

const SEGMENT_BYTES = 1024 * 1024;

/**
 * Millions of lists of labels in little memory: each label is stored once, and a list takes a byte or
 * two per label. (iMaterialist Fashion 2018 has 36 million labels on a million images.)
 */
class LabelLists {
  private readonly spellings: string[] = [];
  private readonly codes = new Map<Term, number>();
  /** For each label, the last call of `add` that met it: a set that can be emptied at no cost. */
  private readonly lastCall: number[] = [];
  private call = 0;
  /** For each number, the position of its list plus one; 0 if it has none. */
  private starts = new Float64Array(1024);
  /** Each list is its length, then the codes of its labels, all as variable-length integers. */
  private readonly segments: Uint8Array[] = [];
  private written = 0;

  add(number: number, labels: readonly Term[]): void {
    if (labels.length === 0) return;
    const codes = this.read(number);
    const before = codes.length;
    this.call += 1;
    for (const code of codes) this.lastCall[code] = this.call;
    for (const label of labels) {
      const code = this.codeOf(label);
      if (this.lastCall[code] === this.call) continue;
      this.lastCall[code] = this.call;
      codes.push(code);
    }
    if (codes.length === before) return;
    if (number >= this.starts.length) {
      const larger = new Float64Array(Math.max(this.starts.length * 2, number + 1));
      larger.set(this.starts);
      this.starts = larger;
    }
    this.starts[number] = this.written + 1;
    this.write(codes.length);
    for (const code of codes) this.write(code);
  }

  labelsAt(number: number): string[] {
    return this.read(number).map((code) => this.spellings[code]!);
  }

  private codeOf(label: Term): number {
    const known = this.codes.get(label);
    if (known !== undefined) return known;
    const code = this.spellings.push(String(label)) - 1;
    this.lastCall.push(0);
    this.codes.set(label, code);
    return code;
  }

  private read(number: number): number[] {
    const start = this.starts[number] ?? 0;
    if (start === 0) return [];
    const codes: number[] = [];
    let at = start - 1;
    for (let left = -1; left !== 0; left -= 1) {
      let value = 0;
      let scale = 1;
      for (;;) {
        const byte = this.segments[Math.floor(at / SEGMENT_BYTES)]![at % SEGMENT_BYTES]!;
        at += 1;
        value += (byte & 0x7f) * scale;
        if (byte < 0x80) break;
        scale *= 128;
      }
      if (left === -1) left = value + 1;
      else codes.push(value);
    }
    return codes;
  }

  private write(value: number): void {
    for (;;) {
      const at = this.written % SEGMENT_BYTES;
      if (at === 0) this.segments.push(new Uint8Array(SEGMENT_BYTES));
      const segment = this.segments.at(-1)!;
      const byte = value % 128;
      const rest = Math.floor(value / 128);
      segment[at] = rest === 0 ? byte : byte | 0x80;
      this.written += 1;
      if (rest === 0) return;
      value = rest;
    }
  }
}

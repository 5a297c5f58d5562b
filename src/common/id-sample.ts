/**
 * Draws ids: always the same ones, and nearly the same ones after a few have been added or removed, since each is
 * chosen by a number that is made from it alone.
 */
export class IdSample {
  private readonly most: number;
  private chosen: number[] = [];
  /** No id with a higher number can be among the chosen ones. */
  private limit = 2 ** 32;

  constructor(most: number) {
    this.most = most;
  }

  add(id: number): void {
    if (numberOf(id) > this.limit) return;
    this.chosen.push(id);
    if (this.chosen.length >= 2 * this.most) this.cut();
  }

  /** In ascending order. */
  ids(): number[] {
    if (this.chosen.length > this.most) this.cut();
    return this.chosen.sort((a, b) => a - b);
  }

  private cut(): void {
    this.chosen.sort((a, b) => numberOf(a) - numberOf(b) || a - b);
    this.chosen.length = this.most;
    this.limit = numberOf(this.chosen.at(-1)!);
  }
}

/** Scatters ids over 32 bits. */
function numberOf(id: number): number {
  let mixed = Math.imul(id ^ (id >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

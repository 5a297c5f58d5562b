import { VERDICT } from './column.ts';

/** Numbers strings, so that each of them is held once. 0 stands for no string. */
export class StringCodes {
  private readonly codes = new Map<string, number>();
  private readonly texts: string[] = [''];

  /** One more than the greatest code. */
  get size(): number {
    return this.texts.length;
  }

  /** The code of a string, which is given one if it has none. */
  add(text: string): number {
    let code = this.codes.get(text);
    if (code === undefined) {
      code = this.texts.length;
      this.texts.push(text);
      this.codes.set(text, code);
    }
    return code;
  }

  textOf(code: number): string {
    return this.texts[code]!;
  }

  /** Verdicts by code: yes for each of these strings, no for all others. */
  verdictsFor(texts: readonly unknown[]): Uint8Array {
    const verdicts = new Uint8Array(this.texts.length).fill(VERDICT.no);
    for (const text of texts) {
      const code = typeof text === 'string' ? this.codes.get(text) : undefined;
      if (code !== undefined) verdicts[code] = VERDICT.yes;
    }
    return verdicts;
  }
}

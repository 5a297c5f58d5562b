import { WALK_CODE } from './walk-code.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** The part of WebAssembly that is used here; Node's types do not describe it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer };
};

/** What `wasm/walk.ts` exports. Addresses are in bytes; unsigned integers arrive as signed ones. */
export interface WalkFunctions {
  shape(
    rows: number,
    stride: number,
    baseLinks: number,
    upperLinks: number,
    entry: number,
    top: number,
  ): void;
  places(codes: number, links: number, places: number, upper: number): void;
  buffers(
    query: number,
    marks: number,
    visited: number,
    batch: number,
    scores: number,
    open: number,
    openRoom: number,
    hits: number,
  ): void;
  encode(
    from: number,
    vectors: number,
    first: number,
    dimension: number,
    factors: number,
    padded: number,
  ): void;
  readNodes(from: number, bytes: number, first: number, keys: number, upperRoom: number): number;
  readRows(): number;
  reach(): void;
  walk(most: number, isFiltered: boolean): number;
  walkMarked(most: number, seeds: number): number;
  shareMarked(): number;
  scan(fromWord: number, toWord: number, most: number): number;
  gather(codes: number, rows: number): void;
  scanGathered(codes: number, rows: number, gathered: number, most: number): number;
}

let compiled: object | undefined;

const ABORT = () => {
  throw new Error('The walk was aborted');
};

/** Makes an instance with a memory of so many pages of 64 KB. */
export function instantiate(pages: number): { functions: WalkFunctions; bytes: ArrayBuffer } {
  compiled ??= new WebAssembly.Module(Buffer.from(WALK_CODE, 'base64'));
  const memory = new WebAssembly.Memory({ initial: pages });
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory, abort: ABORT } });
  return { functions: exports as WalkFunctions, bytes: memory.buffer };
}

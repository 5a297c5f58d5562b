// Only erasable TypeScript: worker threads run this file from source.

/** This many rows on the right fit in the processor's L1 cache while all rows on the left are read. */
const TILE = 8;

/**
 * The dot products of every row on the left with every row on the right, that is `left` × `right`ᵀ, in
 * row-major order. Rows have `length` numbers.
 */
export function multiplyRows(left: Float64Array, right: Float64Array, length: number): Float64Array {
  const lefts = left.length / length;
  const rights = right.length / length;
  const product = new Float64Array(lefts * rights);
  for (let tile = 0; tile < rights; tile += TILE) {
    const end = Math.min(rights, tile + TILE);
    const blocksEnd = end - ((end - tile) % 4);
    let i = 0;
    for (; i + 1 < lefts; i += 2) {
      for (let j = tile; j < blocksEnd; j += 4) twoByFour(left, right, length, i, j, product, rights);
      for (let j = blocksEnd; j < end; j += 1) {
        product[i * rights + j] = dot(left, i * length, right, j * length, length);
        product[(i + 1) * rights + j] = dot(left, (i + 1) * length, right, j * length, length);
      }
    }
    for (; i < lefts; i += 1) {
      for (let j = tile; j < end; j += 1) {
        product[i * rights + j] = dot(left, i * length, right, j * length, length);
      }
    }
  }
  return product;
}

/** Multiplies two rows with four, so that every number that is read contributes to several sums. */
function twoByFour(
  left: Float64Array,
  right: Float64Array,
  length: number,
  i: number,
  j: number,
  product: Float64Array,
  rights: number,
): void {
  let [a0, a1, a2, a3] = [0, 0, 0, 0];
  let [b0, b1, b2, b3] = [0, 0, 0, 0];
  const second = length;
  let r0 = j * length;
  let r1 = r0 + length;
  let r2 = r1 + length;
  let r3 = r2 + length;
  const end = (i + 1) * length;
  for (let at = i * length; at < end; at += 1) {
    const x = left[at]!;
    const y = left[at + second]!;
    const p = right[r0++]!;
    const q = right[r1++]!;
    const r = right[r2++]!;
    const s = right[r3++]!;
    a0 += x * p;
    a1 += x * q;
    a2 += x * r;
    a3 += x * s;
    b0 += y * p;
    b1 += y * q;
    b2 += y * r;
    b3 += y * s;
  }
  const to = i * rights + j;
  product[to] = a0;
  product[to + 1] = a1;
  product[to + 2] = a2;
  product[to + 3] = a3;
  product[to + rights] = b0;
  product[to + rights + 1] = b1;
  product[to + rights + 2] = b2;
  product[to + rights + 3] = b3;
}

function dot(a: Float64Array, fromA: number, b: Float64Array, fromB: number, length: number): number {
  let sum = 0;
  for (let at = 0; at < length; at += 1) sum += a[fromA + at]! * b[fromB + at]!;
  return sum;
}

// Only erasable TypeScript: worker threads run this file from source.

const MOST_SWEEPS = 30;
const SMALL = 1e-12;

/**
 * All eigenvalues, in descending order, and eigenvectors, one after the other, of a small symmetric matrix, by
 * the cyclic Jacobi method.
 *
 * G. H. Golub, C. F. Van Loan, Matrix Computations, 4th edition, section 8.5.
 */
export function symmetricEigen(
  matrix: Float64Array,
  size: number,
): { values: Float64Array; vectors: Float64Array } {
  const a = matrix.slice();
  const vectors = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) vectors[i * size + i] = 1;
  let norm = 0;
  for (const value of a) norm += value * value;

  for (let sweep = 0; sweep < MOST_SWEEPS; sweep += 1) {
    let offDiagonal = 0;
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j < i; j += 1) offDiagonal += a[i * size + j]! ** 2;
    }
    if (offDiagonal <= SMALL * SMALL * norm) break;
    for (let p = 0; p < size - 1; p += 1) {
      for (let q = p + 1; q < size; q += 1) rotate(a, vectors, size, p, q);
    }
  }

  const order = Array.from({ length: size }, (_, at) => at).sort(
    (x, y) => a[y * size + y]! - a[x * size + x]! || x - y,
  );
  const sorted = new Float64Array(size * size);
  for (const [to, from] of order.entries()) {
    sorted.set(vectors.subarray(from * size, (from + 1) * size), to * size);
  }
  return { values: Float64Array.from(order, (at) => a[at * size + at]!), vectors: sorted };
}

/** Rotates the plane of two axes so that the two elements that couple them become zero. */
function rotate(a: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const coupling = a[p * size + q]!;
  if (coupling === 0) return;
  const tau = (a[q * size + q]! - a[p * size + p]!) / (2 * coupling);
  const t = Math.sign(tau || 1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const c = 1 / Math.sqrt(1 + t * t);
  const s = t * c;
  // Without destructuring, which would make an array of each pair.
  for (let at = 0; at < a.length; at += size) {
    const ap = a[at + p]!;
    const aq = a[at + q]!;
    a[at + p] = c * ap - s * aq;
    a[at + q] = s * ap + c * aq;
  }
  rotateRows(a, p * size, q * size, size, c, s);
  rotateRows(vectors, p * size, q * size, size, c, s);
}

/** Rotates two rows of a matrix, which begin at `p` and `q`, in their plane. */
function rotateRows(matrix: Float64Array, p: number, q: number, size: number, c: number, s: number): void {
  for (let at = 0; at < size; at += 1) {
    const ap = matrix[p + at]!;
    const aq = matrix[q + at]!;
    matrix[p + at] = c * ap - s * aq;
    matrix[q + at] = s * ap + c * aq;
  }
}

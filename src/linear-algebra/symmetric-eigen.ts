// Only erasable TypeScript: worker threads run this file from source.

/** QL steps for one eigenvalue. Two or three are usual. */
const MOST_STEPS = 60;

export interface SymmetricEigen {
  /** In descending order. */
  readonly values: Float64Array;
  /** Unit vectors, one after the other. */
  readonly vectors: Float64Array;
}

/**
 * All eigenvalues and eigenvectors of a symmetric matrix of `size` × `size` numbers, by Householder's tridiagonalisation
 * and the implicit QL method. Throws a `RangeError` if it does not converge, as with numbers that are not finite.
 *
 * G. H. Golub, C. F. Van Loan, Matrix Computations, 4th edition, section 8.3; H. Bowdler, R. S. Martin, C. Reinsch,
 * J. H. Wilkinson, The QR and QL algorithms for symmetric matrices, Numerische Mathematik 11 (1968).
 */
export function symmetricEigen(matrix: Float64Array, size: number): SymmetricEigen {
  const { diagonal, beside, vectors } = tridiagonalise(matrix, size);
  for (let at = 0; at < size; at += 1) findEigenvalue(at, diagonal, beside, vectors);
  const order = Array.from({ length: size }, (_, at) => at).sort(
    (x, y) => diagonal[y]! - diagonal[x]! || x - y,
  );
  const sorted = new Float64Array(size * size);
  for (const [to, from] of order.entries())
    sorted.set(vectors.subarray(from * size, (from + 1) * size), to * size);
  return { values: Float64Array.from(order, (at) => diagonal[at]!), vectors: sorted };
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Beside the diagonal: number i couples i and i + 1; the last is 0. */
  readonly beside: Float64Array;
  /** Row by row: the orthonormal basis in which the matrix is tridiagonal. */
  readonly vectors: Float64Array;
}

/** Reflects the columns one by one so that only their first two numbers below the diagonal remain. */
function tridiagonalise(matrix: Float64Array, size: number): Tridiagonal {
  const a = matrix.slice();
  const vectors = new Float64Array(size * size);
  for (let at = 0; at < size; at += 1) vectors[at * size + at] = 1;
  const beside = new Float64Array(size);
  const mirror = new Float64Array(size);
  const image = new Float64Array(size);
  for (let k = 0; k + 1 < size; k += 1) {
    let squares = 0;
    for (let i = k + 1; i < size; i += 1) squares += a[i * size + k]! ** 2;
    const first = a[(k + 1) * size + k]!;
    const norm = first > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
    beside[k] = norm;
    // H = I - mirror × mirrorᵀ × scale, which turns the column into its norm.
    const scale = 1 / (squares - first * norm);
    if (!Number.isFinite(scale)) {
      beside[k] = first;
      continue;
    }
    for (let i = k + 1; i < size; i += 1) mirror[i] = a[i * size + k]!;
    mirror[k + 1] = first - norm;
    let share = 0;
    for (let i = k + 1; i < size; i += 1) {
      let sum = 0;
      for (let j = k + 1; j < size; j += 1) sum += a[i * size + j]! * mirror[j]!;
      image[i] = sum * scale;
      share += image[i]! * mirror[i]!;
    }
    for (let i = k + 1; i < size; i += 1) image[i]! -= ((share * scale) / 2) * mirror[i]!;
    for (let i = k + 1; i < size; i += 1) {
      for (let j = k + 1; j < size; j += 1)
        a[i * size + j]! -= mirror[i]! * image[j]! + image[i]! * mirror[j]!;
    }
    reflect(vectors, mirror, scale, k + 1);
  }
  return { diagonal: Float64Array.from({ length: size }, (_, at) => a[at * size + at]!), beside, vectors };
}

/** Replaces the rows by those of H × rows, where H only concerns rows from `from` on. */
function reflect(rows: Float64Array, mirror: Float64Array, scale: number, from: number): void {
  const size = mirror.length;
  const sums = new Float64Array(size);
  for (let i = from; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) sums[j]! += mirror[i]! * rows[i * size + j]!;
  }
  for (let i = from; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) rows[i * size + j]! -= scale * mirror[i]! * sums[j]!;
  }
}

/** Rotates until number `at` is no longer coupled to those after it, by QL steps with Wilkinson's shift. */
function findEigenvalue(
  at: number,
  diagonal: Float64Array,
  beside: Float64Array,
  vectors: Float64Array,
): void {
  for (let step = 0; ; step += 1) {
    let end = at;
    while (!isUncoupled(end, diagonal, beside)) end += 1;
    if (end === at) return;
    if (step === MOST_STEPS) throw new RangeError('The eigenvalues of the matrix cannot be found');
    let g = (diagonal[at + 1]! - diagonal[at]!) / (2 * beside[at]!);
    const r = Math.sqrt(g * g + 1);
    g = diagonal[end]! - diagonal[at]! + beside[at]! / (g + (g < 0 ? -r : r));
    let [s, c, p] = [1, 1, 0];
    let i = end - 1;
    for (; i >= at; i -= 1) {
      const f = s * beside[i]!;
      const b = c * beside[i]!;
      const length = Math.sqrt(f * f + g * g);
      beside[i + 1] = length;
      if (length === 0) {
        diagonal[i + 1]! -= p;
        beside[end] = 0;
        break;
      }
      s = f / length;
      c = g / length;
      g = diagonal[i + 1]! - p;
      const q = (diagonal[i]! - g) * s + 2 * c * b;
      p = s * q;
      diagonal[i + 1] = g + p;
      g = c * q - b;
      rotateRows(vectors, diagonal.length, i, s, c);
    }
    if (i >= at) continue;
    diagonal[at]! -= p;
    beside[at] = g;
    beside[end] = 0;
  }
}

function isUncoupled(at: number, diagonal: Float64Array, beside: Float64Array): boolean {
  if (at + 1 === diagonal.length) return true;
  const near = Math.abs(diagonal[at]!) + Math.abs(diagonal[at + 1]!);
  return Math.abs(beside[at]!) <= Number.EPSILON * near;
}

/** Rotates row `row` and the next. */
function rotateRows(rows: Float64Array, size: number, row: number, s: number, c: number): void {
  const [from, next] = [row * size, (row + 1) * size];
  for (let k = 0; k < size; k += 1) {
    const value = rows[next + k]!;
    rows[next + k] = s * rows[from + k]! + c * value;
    rows[from + k] = c * rows[from + k]! - s * value;
  }
}

import {
  arbitraryNumbers,
  cholesky,
  invertLower,
  leadingEigenvectors,
  multiplyRows,
  orthonormalise,
  transposed,
} from '../../../linear-algebra/index.ts';
import type { ClassScatter } from './class-scatter.ts';

// Only erasable TypeScript: worker threads load this file from source.

/** How far the covariance within labels is drawn towards a multiple of the identity before it whitens. */
const WHITENING_SHRINKAGE = 0.2;
/** The same for the covariance by which directions are compared. */
const DIRECTION_SHRINKAGE = 0.1;

/** Whitening and stretching of vectors by their labels, for any stretch. */
export interface LabelMap {
  readonly dimension: number;
  /** W: whitens what differs within labels; lower triangular, row by row. */
  readonly whitening: Float64Array;
  /** Q: directions that tell labels apart, in whitened coordinates, orthonormal, the best first. */
  readonly directions: Float64Array;
  /** w: which share of a stretch each direction gets, 0 to 1. */
  readonly weights: Float64Array;
}

/**
 * Learns from labels which differences between vectors matter.
 *
 * Vectors are whitened by W with WᵀW = (S_w + λ·mean(S_w)·I)⁻¹, where S_w is their covariance within labels and
 * mean(S_w) the mean of its diagonal: differences that pictures of one label show anyway count less (within-class
 * covariance normalisation: A. O. Hatch, S. Kajarekar, A. Stolcke, Within-class covariance normalization for SVM-based
 * speaker recognition, Interspeech 2006). Q are the directions of linear discriminant analysis (R. A. Fisher, The use
 * of multiple measurements in taxonomic problems, Annals of Eugenics 7, 1936; C. R. Rao 1948). Both covariances are
 * shrunk towards a multiple of the identity, since a few hundred pictures do not determine them (J. H. Friedman,
 * Regularized discriminant analysis, JASA 84, 1989).
 *
 * Each direction has the weight r^p, where r = √(l / (1 + l)) is the canonical correlation of its eigenvalue l, that is
 * by how much labels account for what differs along it, and p the number of directions as a share of the dimension.
 * Few labels leave most of the space unstretched, and all their directions count about the same. With as many labels
 * as numbers there is no such rest: a uniform stretch would stretch everything, that is nothing, so the directions
 * are told apart by their correlations.
 *
 * A Cholesky factor stands in for the symmetric root: it differs by a rotation, which no cosine can see.
 */
export function labelMap({ within, between, classes }: ClassScatter, dimension: number): LabelMap {
  const factor = cholesky(shrunk(within, dimension, WHITENING_SHRINKAGE), dimension);
  const whitening = invertLower(factor, dimension);
  const compared = invertLower(
    cholesky(shrunk(within, dimension, DIRECTION_SHRINKAGE), dimension),
    dimension,
  );
  const ratio = multiplyRows(multiplyRows(compared, between, dimension), compared, dimension);
  const count = Math.min(Math.max(0, classes - 1), dimension);
  const { vectors, values } = leadingEigenvectors(ratio, dimension, count, 1e-6);
  const functionals = multiplyRows(vectors, transposed(compared, dimension), dimension);
  const directions = multiplyRows(functionals, transposed(factor, dimension), dimension);
  orthonormalise(directions, dimension, arbitraryNumbers());
  const weights = values.map((l) => Math.sqrt(l / (1 + l)) ** (count / dimension));
  return { dimension, whitening, directions, weights };
}

/**
 * The matrix (I + Q·diag((stretch - 1)·w)·Qᵀ)·W, row by row. A stretch of 1 only whitens.
 */
export function stretched(
  { dimension, whitening, directions, weights }: LabelMap,
  stretch: number,
): Float64Array {
  const matrix = whitening.slice();
  if (stretch === 1) return matrix;
  const along = multiplyRows(directions, transposed(whitening, dimension), dimension);
  for (const [at, weight] of weights.entries()) {
    for (let row = 0; row < dimension; row += 1) {
      const share = (stretch - 1) * weight * directions[at * dimension + row]!;
      for (let column = 0; column < dimension; column += 1) {
        matrix[row * dimension + column]! += share * along[at * dimension + column]!;
      }
    }
  }
  return matrix;
}

/** (1 - share)·matrix + share·mean·I, where mean is that of the diagonal. */
function shrunk(matrix: Float64Array, size: number, share: number): Float64Array {
  let trace = 0;
  for (let at = 0; at < size; at += 1) trace += matrix[at * size + at]!;
  const result = matrix.map((value) => (1 - share) * value);
  // Without any variance, every direction counts the same.
  const mean = trace > 0 ? trace / size : 1;
  for (let at = 0; at < size; at += 1) result[at * size + at]! += share * mean;
  return result;
}

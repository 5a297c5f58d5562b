// Only erasable TypeScript: worker threads run this folder from source.

export { cholesky, invertLower } from './cholesky.ts';
export { leadingEigenvectors, type Eigenvectors } from './leading-eigenvectors.ts';
export { multiplyRows } from './multiply-rows.ts';
export { arbitraryNumbers, orthonormalise } from './orthonormalise.ts';
export { transposed } from './transposed.ts';

// Type-only TypeScript: worker threads load this folder as it is.

export { leadingEigenvectors, type Eigenvectors } from './leading-eigenvectors.ts';
export { multiplyRows } from './multiply-rows.ts';

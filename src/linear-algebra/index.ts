// Only erasable TypeScript: worker threads run this folder from source.

export { leadingEigenvectors, type Eigenvectors } from './leading-eigenvectors.ts';
export { multiplyRows } from './multiply-rows.ts';

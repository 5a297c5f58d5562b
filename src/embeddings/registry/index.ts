export type { Proposal } from './model-proposer.ts';
export { RECIPES } from './recipes.ts';
export { ModelRegistry, type ListedModel } from './model-registry.ts';
export { ModelRegistryModule } from './registry.module.ts';

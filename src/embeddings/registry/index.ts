export type { ListedModel, Proposal } from './model-registry.ts';
export { ModelRegistry } from './model-registry.ts';
export { ModelRegistryModule } from './registry.module.ts';

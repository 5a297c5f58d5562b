export { installPages } from './install-pages.ts';
export { PagesConfig } from './pages.config.ts';
export { PagesModule } from './pages.module.ts';

import { fileURLToPath } from 'node:url';
import { defineConfig } from '@rspress/core';
import { leadsToRepository, linksToRepository } from './links-to-repository.ts';
import { nav, sidebar } from './navigation.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The documentation as a static site, which the service shows at `/docs`. */
export default defineConfig({
  root: path('..'),
  outDir: path('../../dist/docs'),
  base: '/docs/',
  title: 'Lookalike',
  description: 'Image-to-image search as a service.',
  icon: '/icon.svg',
  logo: '/icon.svg',
  logoText: 'Lookalike',
  globalStyles: path('./site.css'),
  route: {
    cleanUrls: true,
    exclude: ['site/**', 'README.md'],
  },
  markdown: {
    link: { checkDeadLinks: { excludes: leadsToRepository } },
    remarkPlugins: [linksToRepository],
  },
  themeConfig: {
    nav,
    sidebar,
    darkMode: 'auto',
    lastUpdated: false,
    enableScrollToTop: true,
    socialLinks: [],
  },
  builderConfig: {
    output: {
      // The service sends compressed copies that the build makes of all files.
      legalComments: 'none',
      sourceMap: false,
    },
    performance: { printFileSize: false },
  },
});

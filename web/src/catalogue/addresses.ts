export const TABS = ['images', 'index', 'sources', 'activity'] as const;
export type Tab = (typeof TABS)[number];

export const CATALOGUE = '/catalogue';
export const NEW_DATASET = '/catalogue?new';
export const SOURCES = '/catalogue?sources';

/** The address of a dataset; its images are what it opens with. */
export function datasetAddress(name: string, tab: Tab | 'add' = 'images'): string {
  const base = `${CATALOGUE}/${encodeURIComponent(name)}`;
  return tab === 'images' ? base : `${base}/${tab}`;
}

/** The search for what looks like an image, among the images of its dataset. */
export function similarAddress(imageId: string, dataset: string): string {
  return `/?like=${imageId}&in=${encodeURIComponent(dataset)}`;
}

import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const DOCS = fileURLToPath(new URL('..', import.meta.url));
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const ADDRESS = 'https://github.com/lookalike-search/lookalike/blob/main';

/** The part of a Markdown tree that matters here. */
interface Markdown {
  readonly type: string;
  url?: string;
  readonly children?: readonly Markdown[];
}

/** Whether a link, as it is written, leads out of the site: to the code, or to the list of documents for readers of the code. */
export function leadsToRepository(url: string): boolean {
  return /^\.\.\/|(?:^|\/)README\.md/.test(url) && !url.startsWith('adr/README.md');
}

/** In the repository, pages link to files outside of docs/. On the site, such links lead to the repository. */
export function linksToRepository() {
  return (tree: Markdown, file: { readonly path: string }): void => rewrite(tree, dirname(file.path));
}

function rewrite(node: Markdown, folder: string): void {
  if (node.type === 'link' && node.url !== undefined) node.url = addressOf(node.url, folder);
  node.children?.forEach((child) => rewrite(child, folder));
}

function addressOf(url: string, folder: string): string {
  if (/^(?:[a-z]+:|#|\/)/i.test(url)) return url;
  const [path = '', anchor] = url.split('#');
  const target = resolve(folder, path);
  if (target.startsWith(DOCS) && target !== resolve(DOCS, 'README.md')) return url;
  return `${ADDRESS}/${relative(REPOSITORY, target)}${anchor === undefined ? '' : `#${anchor}`}`;
}

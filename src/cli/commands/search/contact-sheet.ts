import { printable } from '../../terminal/printable.ts';

/** A thumbnail with what is written below it. */
export interface SheetPicture {
  /** As WebP; undefined if there is no picture to show. */
  readonly thumbnail?: Uint8Array;
  readonly title: string;
  /** Lines of smaller text. */
  readonly notes: readonly string[];
}

/** A query beside its hits. */
export interface SheetRow {
  readonly query: SheetPicture;
  readonly hits: readonly SheetPicture[];
}

const STYLE = `
  :root { color-scheme: light dark }
  body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem;
    color: light-dark(#222, #ddd); background: light-dark(#fff, #161616) }
  section { display: flex; flex-wrap: wrap; gap: 1rem; padding: 1rem 0; border-top: 1px solid light-dark(#ddd, #444) }
  figure { margin: 0; width: 10rem }
  figure:first-child { padding-right: 1rem; border-right: 2px solid light-dark(#333, #aaa) }
  img, div { width: 10rem; height: 10rem; object-fit: contain; background: light-dark(#f4f4f4, #242424) }
  figcaption { font-size: 13px; overflow-wrap: anywhere }
  figcaption span { display: block; color: light-dark(#555, #aaa) }
`;

/** A page that shows each query beside its hits. It needs no other file, no network and no script. */
export function contactSheet(title: string, rows: readonly SheetRow[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<h1>${escaped(title)}</h1>
${rows.map(section).join('\n')}
</html>
`;
}

function section({ query, hits }: SheetRow): string {
  const shown = hits.length === 0 ? ['<p>no hits</p>'] : hits.map(figure);
  return `<section>\n${[figure(query), ...shown].join('\n')}\n</section>`;
}

function figure({ thumbnail, title, notes }: SheetPicture): string {
  const lines = notes.map((note) => `<span>${escaped(note)}</span>`).join('');
  return `<figure>${picture(thumbnail, title)}<figcaption>${escaped(title)}${lines}</figcaption></figure>`;
}

function picture(thumbnail: Uint8Array | undefined, title: string): string {
  if (thumbnail === undefined) return '<div></div>';
  const source = `data:image/webp;base64,${Buffer.from(thumbnail).toString('base64')}`;
  return `<img src="${source}" alt="${escaped(title)}">`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

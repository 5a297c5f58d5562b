import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import sax, { type SAXParser } from 'sax';
import { COLUMN_NAMES, FURTHER_PICTURES, plainName } from '../annotation-format.ts';
import { annotationsInvalid } from '../annotations.errors.ts';
import { BytesRead } from './bytes-read.ts';
import { furtherPictures } from '../layouts/product-pictures.ts';
import type { TranscribedFault, TranscribedRow } from './transcript.ts';

/** The elements that are products, in RSS 2.0 and in Atom. */
const ITEMS = new Set(['item', 'entry']);
const MAX_DEPTH = 1_000;
const MAX_ATTRIBUTES = 1_000;
/** How many characters a product may have. */
const MAX_ITEM = 1024 * 1024;
const MAX_COLUMNS = 10_000;
const CHUNK_BYTES = 64 * 1024;

/**
 * The products of a Google Merchant feed as XML (RSS 2.0 or Atom), in UTF-8: their `id`, `image_link`, further
 * pictures as images of their own (`additional_image_link`), and `product_type` or `google_product_category`, whatever prefix they have. Entities are those of XML and HTML;
 * whatever the document defines or refers to is not read.
 *
 * A product that is not well-formed is a fault. Rejects with `ANNOTATIONS_INVALID` if the document as a whole cannot be
 * read. `columns` receives the names of all elements of products.
 */
export async function* merchantRows(
  file: string,
  columns: Set<string>,
  read = new BytesRead(),
): AsyncGenerator<TranscribedRow | TranscribedFault> {
  const feed = new Feed(columns);
  read.begin((await stat(file)).size, 1);
  const text = createReadStream(file, { encoding: 'utf8', highWaterMark: CHUNK_BYTES });
  let before = 0;
  for await (const chunk of text) {
    feed.write(chunk as string);
    read.add(text.bytesRead - before);
    before = text.bytesRead;
    yield* feed.take();
  }
  feed.end();
  yield* feed.take();
}

interface Item {
  readonly line: number;
  readonly depth: number;
  /** The texts of each element by its name without prefix; those with the prefix `g` count before others. */
  readonly texts: Map<string, { readonly prefixed: boolean; readonly texts: string[] }>;
  characters: number;
  problem: string | undefined;
}

/** Collects the products of a document while its text comes in. */
class Feed {
  private readonly parser: SAXParser = sax.parser(true, { position: true });
  private ready: (TranscribedRow | TranscribedFault)[] = [];
  private depth = 0;
  private attributes = 0;
  private item: Item | undefined;
  /** The text of the element of the product that is open; undefined outside one. */
  private text: string | undefined;
  private items = 0;

  constructor(private readonly columns: Set<string>) {
    const { parser } = this;
    parser.onopentagstart = () => {
      this.attributes = 0;
    };
    parser.onattribute = () => {
      this.attributes += 1;
      if (this.attributes > MAX_ATTRIBUTES)
        throw this.invalid(`an element has more than ${MAX_ATTRIBUTES} attributes`);
    };
    parser.onopentag = ({ name }) => this.open(name);
    parser.onclosetag = (name) => this.close(name);
    parser.ontext = (text) => this.add(text);
    parser.oncdata = (text) => this.add(text);
    parser.onerror = (error) => this.pass(error);
  }

  write(text: string): void {
    this.parser.write(text);
  }

  end(): void {
    const { item } = this;
    if (item !== undefined) this.finish({ ...item, problem: 'the file ends inside this product' });
    else if (this.depth > 0 && this.items === 0) throw this.invalid('the file ends too early');
    if (this.items === 0) {
      throw annotationsInvalid('the XML has no products: neither <item> of RSS nor <entry> of Atom', null);
    }
  }

  /** The products that have become complete. */
  take(): (TranscribedRow | TranscribedFault)[] {
    const { ready } = this;
    this.ready = [];
    return ready;
  }

  private open(name: string): void {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw this.invalid(`elements are nested deeper than ${MAX_DEPTH}`);
    const { item } = this;
    if (item === undefined) {
      if (!ITEMS.has(localName(name))) return;
      this.item = {
        line: this.parser.line + 1,
        depth: this.depth,
        texts: new Map(),
        characters: 0,
        problem: undefined,
      };
    } else this.text = this.depth === item.depth + 1 ? '' : undefined;
  }

  private close(name: string): void {
    const { item } = this;
    const { depth, text } = this;
    if (item !== undefined && text !== undefined && depth === item.depth + 1)
      this.keep(item, name, text.trim());
    this.text = undefined;
    if (depth === item?.depth) this.finish(item);
    this.depth -= 1;
  }

  private add(text: string): void {
    const { item } = this;
    if (item === undefined) return;
    item.characters += text.length;
    if (item.characters > MAX_ITEM) item.problem ??= 'the product has more than 1 MB';
    else if (this.text !== undefined) this.text += text;
  }

  private keep({ texts }: Item, name: string, text: string): void {
    const local = localName(name);
    const prefixed = name.startsWith('g:');
    if (this.columns.size < MAX_COLUMNS) this.columns.add(local);
    const known = texts.get(local);
    if (known === undefined || (prefixed && !known.prefixed)) texts.set(local, { prefixed, texts: [text] });
    else if (known.prefixed === prefixed) known.texts.push(text);
  }

  private finish(item: Item): void {
    this.item = undefined;
    this.items += 1;
    const place = `line ${item.line}`;
    const find = (names: readonly string[]) => {
      for (const name of names) {
        for (const [known, { texts }] of item.texts) if (plainName(known) === plainName(name)) return texts;
      }
      return undefined;
    };
    const id = find(['id'])?.[0];
    if (item.problem !== undefined) this.ready.push({ place, problem: item.problem, text: id ?? '' });
    else if (id === undefined || id === '') {
      this.ready.push({ place, problem: 'the product has no id', text: find(['title'])?.[0] ?? '' });
    } else {
      const values = [...item.texts].map(([name, { texts }]) => [
        name,
        texts.length === 1 ? texts[0] : texts,
      ]);
      const places = find(['image_link'])?.slice(0, 1) ?? [];
      const views = furtherPictures(id, places[0], find([FURTHER_PICTURES]) ?? []);
      const facts = {
        place,
        labels: find(COLUMN_NAMES.label) ?? [],
        values: Object.fromEntries(values) as Record<string, unknown>,
      };
      for (const view of [{ id, places }, ...views]) this.ready.push({ ...facts, ...view });
    }
  }

  /** What is not well-formed spoils the product that it is in, and the rest is read all the same. */
  private pass(error: Error): void {
    const [problem = 'this is not well-formed XML'] = error.message.split('\n');
    if (this.item === undefined) throw this.invalid(problem);
    this.item.problem ??= problem;
    this.parser.error = null as unknown as Error;
    this.parser.resume();
  }

  private invalid(problem: string): Error {
    return annotationsInvalid(problem, { line: this.parser.line + 1, byte: this.parser.position });
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
